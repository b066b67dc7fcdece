#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/core/loop.hpp"
#include "gateway/core/mailbox.hpp"
#include "gateway/core/outbox.hpp"
#include "gateway/core/parcel.hpp"
#include "gateway/core/port.hpp"
#include "gateway/core/way.hpp"

// One conversation, and the instances of the consumers that take part in it.
// Thread: the scope's loop. A worker sees of it what its Turn points to.
namespace millrace {

class ConsumerHost;
class Turn;
struct Scope;

// Room that the commands of one handler hold at one port.
struct Taken {
    const Port* port = nullptr;
    Amount amount;
};

// A delivery whose handler has begun and not ended.
struct Draft {
    millrace_id token = 0;
    Outbox outbox;
    Amount at_peer;                    // Room that its replies hold at the scope's peer.
    std::vector<Taken> elsewhere;      // Room that its other commands hold.
    Hold grant;                        // Room that it has waited for,
    bool has_waited = false;           // if it has.
    PortPtr wanted_at;                 // Where it was refused room,
    Amount wanted;                     // and how much it wants there.
    bool is_refused = false;           // It has to come again for want of something that is not waited for.
    std::uint32_t timers = 0;          // That it sets.
    bool is_overdue = false;           // Its time is over: whatever it ends with, it has to come again.
    std::int64_t due_us = 0;           // When that is (steady time).
    std::optional<std::string> state;  // What it wants to leave behind.

    // Of the scope's own peer, which both replies and sends can go to.
    Amount all_at(const Port& peer) const {
        Amount sum = at_peer;
        for (const Taken& taken : elsewhere) sum += taken.port == &peer ? taken.amount : Amount{};
        return sum;
    }
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
        no_room,   // Waits for room at `waits_at`.
    };

    Instance(Scope& scope, ConsumerHost& consumer, std::uint32_t slot, const RouteConfig& route, Bound mailbox)
        : scope(scope), consumer(consumer), slot(slot), route(route), mailbox(mailbox) {}

    Scope& scope;
    ConsumerHost& consumer;
    const std::uint32_t slot;
    const RouteConfig& route;                   // That led to it first.
    std::shared_ptr<const std::string> prefix;  // The serialised fields of all its events.
    void* handle = nullptr;                     // The plugin's instance. Touched only by the turn while one is running.
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

    PortPtr port;              // Where others can send to it; made when it sends for the first time.
    PortPtr waits_at;          // NO_ROOM
    Hold grant;                // What it has waited for, until it has tried again.
    std::uint32_t grants = 0;  // That its first event has had.
    std::vector<std::pair<std::string, Loop::Timer>> timers;  // That it has set, by their names.
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

    Scope(millrace_id id, PortPtr port, std::size_t key_at, void* context)
        : id(id), port(std::move(port)), key_at(key_at), context(context) {}

    const std::string& address() const { return port->place.address; }  // `web:1f-3`, `bank:alice`
    std::string_view key() const { return std::string_view(address()).substr(key_at); }

    // Opened by what was sent to it, without an outside of its own.
    bool is_channel() const { return port->place.kind == Port::Kind::channel; }

    const millrace_id id;
    const PortPtr port;        // The peer that the adapter talks to, or the channel.
    const std::size_t key_at;  // Where in its address the key begins.
    void* const context;       // The adapter's name for it.
    std::uint64_t epoch = 1;
    std::uint64_t last_post = 0;  // The last group command that its peer has got.
    State state = State::asking;
    std::uint64_t paused_bytes = 0;  // What the first event that was not taken needs.
    bool is_paused = false;          // The adapter holds events back until resume.
    bool is_closing = false;         // A consumer has asked for its close, which the loop is about to do.
    std::uint64_t order = 0;         // Of its next event.
    std::vector<Instance*> instances;
    std::unique_ptr<Question> question;
    Instance* only = nullptr;                  // Where every message goes, if to one instance alone.
    Ways ways;                                 // Of every message,
    std::unique_ptr<Particulars> particulars;  // or what the ways of each follow from.
    PortPtr waits_at;                          // The channel that the source waits for,
    Hold grant;                                // and its room there.

    // Of a channel:
    bool is_used = false;                           // Since its idle timer was set.
    std::optional<Loop::Timer> idle;                //
    std::vector<std::unique_ptr<Parcel>> for_next;  // What came after it was closed: for its next opening.
};

}  // namespace millrace
