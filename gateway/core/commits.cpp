#include <algorithm>
#include <utility>

#include "gateway/base/prefetch.hpp"
#include "gateway/core/adapter_host.hpp"
#include "gateway/core/bytes.hpp"
#include "gateway/core/dispatcher.hpp"
#include "gateway/core/event_fields.hpp"
#include "gateway/core/group_post.hpp"

// Step 6, "is answered": what the commands of a handler that has succeeded do, in the order in which it gave them.
namespace millrace {

namespace {

// A group's members lie anywhere: what the loop over them needs of one is asked for some members ahead, each step on
// the way from instance to peer when the one before it has come.
constexpr std::size_t kAhead = 8;

void prefetch_ahead(std::span<Instance* const> members, std::size_t at) {
    if (at + 3 * kAhead < members.size()) prefetch(members[at + 3 * kAhead]);
    if (at + 2 * kAhead < members.size()) prefetch(&members[at + 2 * kAhead]->scope);
    if (at + kAhead < members.size()) {
        const Scope& scope = members[at + kAhead]->scope;
        prefetch(scope.port.get());
        prefetch(scope.context);
        prefetch(&scope.last_post);
    }
}

}  // namespace

void Dispatcher::commit(Instance& instance, Outbox& outbox) {
    Scope& scope = instance.scope;
    for (std::size_t i = 0; i < outbox.size(); ++i) {
        const Outbox::Command& command = outbox[i];
        if (command.verb == MILLRACE_REPLY || command.verb == MILLRACE_CLOSE) {
            if (scope.state != Scope::State::open || scope.is_closing) {
                ++counts_.replies_dropped;
            } else if (command.verb == MILLRACE_REPLY) {
                sends_.push_back({sizeof(millrace_send),
                                  command.payload_kind,
                                  &scope.context,
                                  1,
                                  0,
                                  outbox.payload(command),
                                  outbox.body(command),
                                  outbox.address(command),
                                  command.hops + 1,
                                  0,
                                  0,
                                  0,
                                  {},
                                  {}});
            } else {
                request_close(scope, command.code, to_text(outbox.payload(command)));
            }
            continue;
        }
        flush_sends();
        if (command.verb == MILLRACE_SEND || command.verb == MILLRACE_ANSWER) {
            if (auto parcel = outbox.take_parcel(command)) depart(std::move(parcel));
            continue;
        }
        if (command.verb == MILLRACE_AFTER || command.verb == MILLRACE_NEVER) {
            delivery_.set_timer(instance, to_text(outbox.payload(command)),
                                command.verb == MILLRACE_AFTER ? std::optional(command.delay_us) : std::nullopt,
                                command.hops);
            continue;
        }
        const std::string_view group = to_text(outbox.address(command));
        if (command.verb == MILLRACE_JOIN) {
            groups_.join(instance, group);
        } else if (command.verb == MILLRACE_LEAVE) {
            groups_.leave(instance, group);
        } else {
            post_to_group(instance, outbox, command);
        }
    }
    flush_sends();
}

void Dispatcher::flush_sends() {
    if (sends_.empty()) return;
    counts_.replies += sends_.size();
    adapter_.table().send(adapter_.self(), sends_.data(), static_cast<std::uint32_t>(sends_.size()),
                          sizeof(millrace_send));
    sends_.clear();
}

void Dispatcher::request_close(Scope& scope, std::uint32_t code, std::string_view text) {
    scope.is_closing = true;
    closings_.push_back({scope.id, code, std::string(text)});
    loop_.wake();
}

void Dispatcher::post_to_group(Instance& from, const Outbox& outbox, const Outbox::Command& command) {
    if (command.verb == MILLRACE_GROUP_SEND && command.hops >= Parcel::kHopsMax) {
        const Event event = make_event({MILLRACE_MESSAGE, command.payload_kind, 0, 0, command.hops + 1, &from.route},
                                       make_group_fields(to_text(outbox.address(command)), {}, command.correlation),
                                       outbox.payload(command));
        return delivery_.refuse(from, event, kCircleText);
    }
    const GroupPostPtr post(new GroupPost);
    post->hops = command.hops + 1;
    post->is_for_peers = command.verb == MILLRACE_GROUP_REPLY;
    post->payload_kind = command.payload_kind;
    post->flags = command.flags;
    post->group = to_text(outbox.address(command));
    post->payload = to_text(outbox.payload(command));
    post->body = to_text(outbox.body(command));
    post->sender = from.consumer->name() + "@" + from.scope.address();
    post->correlation = command.correlation;
    post->from_scope = from.scope.id;
    post->from_consumer = from.consumer->index();
    post->remaining = 1;
    pipeline_.loops.each([&](Dispatcher& dispatcher) {
        if (&dispatcher == this || dispatcher.has_left()) return;
        departed_.add();
        post->remaining.fetch_add(1, std::memory_order_relaxed);
        const bool is_posted = dispatcher.loop().post([&dispatcher, post] {
            dispatcher.deliver(*post);
            dispatcher.arrived_.add();
        });
        if (is_posted) return;
        post->remaining.fetch_sub(1, std::memory_order_relaxed);
        arrived_.add();
    });
    deliver(*post);
}

void Dispatcher::deliver(GroupPost& post) {
    const auto members = groups_.members(post.group);
    const std::uint64_t taken = post.is_for_peers ? reply_to(members, post) : send_to(members, post);
    post.members.fetch_add(members.size(), std::memory_order_relaxed);
    post.taken.fetch_add(taken, std::memory_order_relaxed);
    if (post.remaining.fetch_sub(1, std::memory_order_acq_rel) != 1 || !(post.flags & MILLRACE_REPORTED)) return;
    Dispatcher* origin = pipeline_.loops.find(Id::unpack(post.from_scope).loop);
    departed_.add();
    const bool is_posted = origin->loop().post([origin, post = GroupPostPtr(&post)] {
        origin->report_back(*post);
        origin->arrived_.add();
    });
    if (!is_posted) arrived_.add();
}

std::uint64_t Dispatcher::send_to(std::span<Instance* const> members, GroupPost& post) {
    if (members.empty()) return 0;
    std::uint64_t taken = 0;
    const Event event =
        make_event({MILLRACE_MESSAGE, post.payload_kind, 0, 0, post.hops, &members.front()->route},
                   make_group_fields(post.group, post.sender, post.correlation), to_bytes(post.payload));
    for (std::size_t i = 0; i < members.size(); ++i) {
        prefetch_ahead(members, i);
        Instance* member = members[i];
        if (is_left_out(*member, post) || member->scope.state == Scope::State::closed) continue;
        if (member->mailbox.has_room(event.size()) && !member->consumer->is_stuck()) {
            delivery_.enqueue(*member, event);
            ++taken;
        } else {
            lose(*member, post);
            tell_of_losses(*member);
        }
    }
    return taken;
}

std::uint64_t Dispatcher::reply_to(std::span<Instance* const> members, GroupPost& post) {
    std::vector<void*> contexts;
    ++last_post_;
    for (std::size_t i = 0; i < members.size(); ++i) {
        prefetch_ahead(members, i);
        Instance* member = members[i];
        Scope& scope = member->scope;
        if (scope.is_channel() || scope.port->place.needs_reply_to || is_left_out(*member, post)) continue;
        if (scope.state != Scope::State::open || scope.is_closing) continue;
        if (std::exchange(scope.last_post, last_post_) == last_post_) continue;
        if (scope.port->take({0, post.payload.size() + post.body.size()}, {}) == MILLRACE_TAKEN) {
            contexts.push_back(scope.context);
            catch_up(scope);
        } else {
            lose(*member, post);
            scope.is_behind = true;
        }
    }
    if (contexts.empty()) return 0;
    counts_.replies += contexts.size();
    const millrace_send send{sizeof(millrace_send),
                             post.payload_kind,
                             contexts.data(),
                             static_cast<std::uint32_t>(contexts.size()),
                             0,
                             to_bytes(post.payload),
                             to_bytes(post.body),
                             {},
                             post.hops,
                             0,
                             0,
                             0,
                             {},
                             {}};
    adapter_.table().send(adapter_.self(), &send, 1, sizeof send);
    return contexts.size();
}

bool Dispatcher::is_left_out(const Instance& member, const GroupPost& post) {
    return (post.flags & MILLRACE_NOT_SELF) && member.scope.id == post.from_scope &&
           member.consumer->index() == post.from_consumer;
}

void Dispatcher::lose(Instance& member, GroupPost& post) {
    post.dropped.fetch_add(1, std::memory_order_relaxed);
    ++counts_.group_drops;
    ++member.lost;
}

// Once, however much is lost until the consumer hears of it.
void Dispatcher::tell_of_losses(Instance& member) {
    if (member.lost == 0 || std::exchange(member.has_gap, true)) return;
    delivery_.enqueue(member, make_event({MILLRACE_GAP, MILLRACE_NO_PAYLOAD, 0, 0, 0, &member.route}, {}, {}));
}

// Where the peer has room again: only now it is known how much it has lost.
void Dispatcher::catch_up(Scope& scope) {
    if (scope.is_behind && scope.port->is_relaxed()) tell_of_losses(scope);
}

void Dispatcher::tell_of_losses(Scope& scope) {
    scope.is_behind = false;
    for (Instance* instance : scope.instances) tell_of_losses(*instance);
}

Event Dispatcher::make_gap(Instance& instance) {
    instance.has_gap = false;
    const std::string fields = make_gap_fields(std::exchange(instance.lost, 0));
    return make_event({MILLRACE_GAP, MILLRACE_NO_PAYLOAD, 0, 0, 0, &instance.route}, fields, {});
}

Event Dispatcher::make_timer(const Instance& instance, std::string_view name, std::uint32_t hops) {
    return make_event({MILLRACE_TIMER, MILLRACE_TEXT, 0, instance.scope.order++, hops, &instance.route}, {},
                      to_bytes(name));
}

void Dispatcher::report_back(const GroupPost& post) {
    Scope* scope = scopes_.find(Id::unpack(post.from_scope));
    if (!scope) return;
    Instance* sender = find(*scope, post.from_consumer);
    if (!sender || scope->state == Scope::State::closed) return;
    delivery_.enqueue(*sender,
                      make_event({MILLRACE_RECEIPT, MILLRACE_NO_PAYLOAD, 0, 0, 0, &sender->route},
                                 make_receipt_fields(post.correlation, post.members, post.taken, post.dropped), {}));
}

}  // namespace millrace
