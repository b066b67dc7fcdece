#pragma once

#include <algorithm>
#include <utility>

#include "millrace/testing.hpp"

// The channels of testing.hpp: what is sent to addresses and answered, and timers.
namespace millrace::inline sdk::testing {

inline Outcome Scope::message_from(std::string_view sender, std::string_view text, std::uint64_t correlation) {
    detail::TestEvent& event = queue(v1::ChannelMessage::MESSAGE);
    event.set_sender(sender, correlation, 1);
    event.set_payload(MILLRACE_TEXT, text);
    return deliver();
}

inline Scope& Host::channel(std::string_view key) {
    if (Scope* open = find_open((name_ + ':').append(key))) return *open;
    Scope& scope = add(key, {}, true);
    scope.deliver();
    return scope;
}

// A scope with its instance, whose connect is still to be delivered.
inline Scope& Host::add(std::string_view key, v1::ChannelMessage fields, bool is_channel) {
    const std::string address = (name_ + (is_channel ? ":" : "@test:")).append(key);
    const auto left_it = [&](const Scope& scope) { return scope.address_ == address; };
    const std::uint64_t before = static_cast<std::uint64_t>(std::ranges::count_if(scopes_, left_it));
    std::string left;
    for (const Scope& scope : scopes_) {
        if (left_it(scope)) left = scope.state_;
    }
    fields.set_adapter(is_channel ? name_ : "test");
    fields.set_protocol(is_channel ? "channel" : "test");
    fields.set_scope(std::string(key));
    fields.set_scope_epoch(before + 1);
    Scope& scope = scopes_.emplace_back(*this, address, fields.SerializeAsString(), is_channel);
    scope.state_ = std::move(left);
    scope.open_instance();
    scope.queue(v1::ChannelMessage::CONNECT);
    return scope;
}

inline Scope* Host::find_open(std::string_view address) {
    const auto found = std::ranges::find_if(
        scopes_, [&](const Scope& scope) { return scope.address_ == address && !scope.is_closed_; });
    return found == scopes_.end() ? nullptr : &*found;
}

// A message that more than 16 others have led to is none any more, as in the gateway.
inline void Host::post_to_address(Scope& from, const Command& command) {
    const std::uint32_t hops = from.events_.front().hops + 1;
    if (hops > 16) {
        const std::lock_guard lock(mutex_);
        return void(log_.push_back("loop: " + from.address_ + " to " + command.address));
    }
    Scope* to = find_open(command.address);
    const std::string own = name_ + ':';
    if (!to && command.address.starts_with(own)) to = &add(command.address.substr(own.size()), {}, true);
    if (!to) return;
    Post& post = posts_.emplace_back(Post{to, to->make_event(v1::ChannelMessage::MESSAGE, {})});
    post.event.set_sender(from.address_, command.correlation, hops);
    post.event.set_payload(command.payload_kind, command.payload);
}

inline void Host::set_timer(Scope& scope, const Command& command) {
    std::erase_if(timers_, [&](const Timer& t) { return t.scope == &scope && t.name == command.payload; });
    if (command.verb == MILLRACE_NEVER) return;
    timers_.push_back({&scope, command.payload, now_us_ + static_cast<std::int64_t>(command.delay_us)});
}

// Of those that are due by then the first; whether there was one.
inline bool Host::fire_next_timer(std::int64_t until_us) {
    const auto next = std::ranges::min_element(timers_, {}, &Timer::due_us);
    if (next == timers_.end() || next->due_us > until_us) return false;
    const Timer timer = *next;
    timers_.erase(next);
    now_us_ = std::max(now_us_, timer.due_us);
    timer.scope->queue(v1::ChannelMessage::TIMER).set_payload(MILLRACE_TEXT, timer.name);
    timer.scope->deliver();
    return true;
}

}  // namespace millrace::inline sdk::testing
