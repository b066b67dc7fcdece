#pragma once

#include <algorithm>
#include <utility>

#include "millrace/testing.hpp"

// The groups of testing.hpp: what the commands of one scope do to others, and when.
namespace millrace::inline sdk::testing {

inline void Host::commit(Scope& scope, const Command& command) {
    scope.commands_.push_back(command);
    if (command.verb == MILLRACE_JOIN) {
        std::vector<Scope*>& members = groups_[command.group];
        if (std::ranges::find(members, &scope) == members.end()) members.push_back(&scope);
    } else if (command.verb == MILLRACE_LEAVE) {
        std::erase(groups_[command.group], &scope);
    } else if (command.verb == MILLRACE_GROUP_SEND || command.verb == MILLRACE_GROUP_REPLY) {
        post_to_group(scope, command);
    } else if (command.verb == MILLRACE_AFTER || command.verb == MILLRACE_NEVER) {
        set_timer(scope, command);
    } else if (!command.address.empty()) {
        post_to_address(scope, command);
    }
}

inline void Host::post_to_group(Scope& from, const Command& command) {
    v1::ChannelMessage fields;
    fields.set_group(command.group);
    fields.set_sender(from.address_);
    fields.set_correlation(command.correlation);
    v1::ChannelMessage gap, receipt;
    gap.mutable_gap()->set_lost(1);
    receipt.set_correlation(command.correlation);
    v1::Receipt& counts = *receipt.mutable_receipt();

    for (Scope* member : groups_[command.group]) {
        counts.set_members(counts.members() + 1);
        if (member->is_closed_ || (member == &from && (command.flags & MILLRACE_NOT_SELF))) continue;
        if (command.verb == MILLRACE_GROUP_SEND) {
            posts_.push_back({member, member->make_event(v1::ChannelMessage::MESSAGE, fields)});
            posts_.back().event.set_payload(command.payload_kind, command.payload);
        } else if (member->answer_ == MILLRACE_TAKEN) {
            member->commands_.push_back({MILLRACE_REPLY, command.payload_kind, 0, command.payload});
        } else {
            posts_.push_back({member, member->make_event(v1::ChannelMessage::GAP, gap)});
            counts.set_dropped(counts.dropped() + 1);
            continue;
        }
        counts.set_taken(counts.taken() + 1);
    }
    if (command.flags & MILLRACE_REPORTED) {
        posts_.push_back({&from, from.make_event(v1::ChannelMessage::RECEIPT, receipt)});
    }
}

inline void Host::leave_all(Scope& scope) {
    for (auto& [name, members] : groups_) std::erase(members, &scope);
}

inline void Host::deliver_posts() {
    if (std::exchange(is_delivering_posts_, true)) return;
    for (; !posts_.empty(); posts_.pop_front()) {
        Scope& to = *posts_.front().to;
        if (to.is_closed_) continue;
        to.queue(std::move(posts_.front().event));
        to.deliver_own();
    }
    is_delivering_posts_ = false;
}

}  // namespace millrace::inline sdk::testing
