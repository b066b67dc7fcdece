#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gateway/core/loop.hpp"
#include "gateway/core/mailbox.hpp"
#include "gateway/core/outbox.hpp"

// One conversation, and the instances of the consumers that take part in it.
// Thread: the scope's loop. A worker sees of it what its Turn points to.
namespace millrace {

class ConsumerHost;
class Turn;
struct Scope;

// A delivery whose handler has begun and not ended.
struct Draft {
    millrace_id token = 0;
    Outbox outbox;
    std::uint64_t taken_bytes = 0;     // Room that its commands hold.
    std::uint64_t wanted_bytes = 0;    // Room that it asked for.
    bool is_full = false;              // It was refused some of that.
    bool is_overdue = false;           // Its time is over: whatever it ends with, it has to come again.
    std::int64_t due_us = 0;           // When that is (steady time).
    std::optional<std::string> state;  // What it wants to leave behind.
};

struct Group;

// Being in a group, and where in it.
struct Membership {
    Group* group = nullptr;
    std::size_t index = 0;
};

// One consumer of one scope: at most one of its handlers runs at a time (contract A1).
struct Instance {
    enum class State {
        idle,
        ready,     // In the queue of those that have something to do.
        running,   // A turn of it is on the loop or on a worker.
        open,      // Its handler is suspended, or has yet to say how it ended.
        back_off,  // Waits for `timer` before its first event is tried again.
        no_room,   // Waits for `room_bytes` of room at the peer.
    };

    Instance(Scope& scope, ConsumerHost& consumer, std::uint32_t slot, Bound mailbox)
        : scope(scope), consumer(consumer), slot(slot), mailbox(mailbox) {}

    Scope& scope;
    ConsumerHost& consumer;
    const std::uint32_t slot;
    void* handle = nullptr;  // The plugin's instance. Touched only by the turn while one is running.
    State state = State::idle;
    bool has_accepted = false;  // Its CONNECT was acked.
    std::uint64_t seq = 0;      // Of its next event.
    std::string state_bytes;    // What the handlers that have succeeded have left: ctx.state().
    Mailbox mailbox;

    std::vector<Membership> memberships;
    std::uint64_t lost = 0;  // Events of groups that it had no room for, since the last GAP that it has seen.

    Turn* turn = nullptr;              // RUNNING, on a worker
    Draft draft;                       // OPEN
    std::uint32_t ops = 0;             // OPEN: operations that have not ended.
    std::optional<Loop::Timer> timer;  // BACK_OFF: its end; OPEN: its deadline.
    std::uint64_t room_bytes = 0;
};

// CONNECT is a question: the joint answer of all consumers goes to the adapter (contract D8).
struct Question {
    std::size_t remaining = 0;
    std::uint32_t verdict = MILLRACE_ACK;
    std::uint32_t code = 0;
    std::string text;
    std::vector<std::pair<Instance*, Outbox>> answers;
};

struct Scope {
    enum class State {
        asking,  // CONNECT is not answered yet.
        open,
        closed,  // The adapter has forgotten it; its instances still have events to handle.
    };

    Scope(millrace_id id, const RouteConfig& route, const millrace_scope_spec& spec)
        : id(id), route(route), context(spec.context), room(spec.send_bytes_max) {}

    std::int64_t timeout_us() const { return std::int64_t{route.timeout_ms} * 1000; }
    bool is_acked() const { return route.delivery == DeliveryClass::acked; }

    const millrace_id id;
    const RouteConfig& route;
    void* const context;          // The adapter's name for it.
    std::string address;          // `web:1f-3`
    std::string prefix;           // The serialised fields of all its messages.
    std::uint64_t last_post = 0;  // The last group command that its peer has got.
    State state = State::asking;
    std::uint64_t paused_bytes = 0;  // What the first event that was not taken needs.
    bool is_paused = false;          // The adapter holds events back until resume.
    bool is_closing = false;         // A consumer has asked for its close, which the loop is about to do.
    std::uint64_t order = 0;         // Of its next event.
    Room room;
    std::vector<Instance*> instances;
    std::unique_ptr<Question> question;
};

}  // namespace millrace
