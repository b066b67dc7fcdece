#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/core/bytes.hpp"
#include "gateway/core/durable_lane.hpp"
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
    std::uint64_t on_disk_bytes = 0;   // What of them stands on the disk until it leaves.
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
    enum class State : std::uint8_t {
        idle,
        ready,     // In the queue of those that have something to do.
        running,   // A turn of it is on the loop or on a worker.
        open,      // Its handler is suspended, or has yet to say how it ended.
        back_off,  // Waits for `timer` before its first event is tried again.
        no_room,   // Waits for room at `waits_at`.
        spool,     // Waits for its lane to be read, or for its last change to be written.
    };

    Instance(Scope& scope, ConsumerHost& consumer, std::uint32_t slot, const RouteConfig& route, Bound mailbox)
        : slot(slot), scope(scope), consumer(&consumer), route(route), mailbox(mailbox) {}

    void set_prefix(std::shared_ptr<const std::string> fields) {
        prefix_memory = std::move(fields);
        prefix = to_bytes(*prefix_memory);
    }

    State state = State::idle;
    bool has_accepted = false;  // Its CONNECT was acked.
    const std::uint32_t slot;
    Scope& scope;
    ConsumerHost* consumer;    // That serves it. A channel gets the next generation, a connection keeps its own.
    const RouteConfig& route;  // That led to it first.
    void* handle = nullptr;    // The plugin's instance. Touched only by the turn while one is running.
    std::uint64_t seq = 0;     // Of its next event.
    millrace_bytes prefix{};   // The serialised fields of all its events.
    std::unique_ptr<DurableLane> lane;                        // Where durable routes lead to it.
    std::uint32_t grants = 0;                                 // That its first event has had.
    std::uint32_t ops = 0;                                    // OPEN: operations that have not ended.
    Hold grant;                                               // What it has waited for, until it has tried again.
    std::vector<std::pair<std::string, Loop::Timer>> timers;  // That it has set, by their names.
    Mailbox mailbox;

    // From here on, what most events need not look at.
    Turn* turn = nullptr;     // RUNNING, on a worker
    std::string state_bytes;  // What the handlers that have succeeded have left: ctx.state().
    std::vector<Membership> memberships;
    std::uint64_t lost = 0;            // Events and replies of groups that it had no room for, since the last GAP
    bool has_gap = false;              // that it has seen. The next one is in its mailbox.
    Draft draft;                       // OPEN
    std::optional<Loop::Timer> timer;  // BACK_OFF: its end; OPEN: its deadline; NO_ROOM: settle_deadline.
    PortPtr port;                      // Where others can send to it; made when it sends for the first time.
    PortPtr waits_at;                  // NO_ROOM
    std::shared_ptr<const std::string> prefix_memory;
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
    enum class State : std::uint8_t {
        asking,  // CONNECT is not answered yet.
        open,
        closed,  // The adapter has forgotten it; its instances still have events to handle.
    };

    Scope(millrace_id id, PortPtr port, std::size_t key_at, void* context)
        : kind(port->place.kind), context(context), port(std::move(port)), id(id), key_at(key_at) {}

    const std::string& address() const { return port->place.address; }  // `web:1f-3`, `bank:alice`
    std::string_view key() const { return std::string_view(address()).substr(key_at); }

    // Opened by what was sent to it, without an outside of its own.
    bool is_channel() const { return kind == Port::Kind::channel; }

    State state = State::asking;
    const Port::Kind kind;
    bool is_paused = false;        // The adapter holds events back until resume.
    bool is_closing = false;       // A consumer has asked for its close, which the loop is about to do.
    bool is_used = false;          // Of a channel: since its idle timer was set.
    bool waits_for_spool = false;  // The source does.
    bool is_awaited = false;       // Of a channel that is closed: there is something new on the disk.
    bool is_behind = false;        // Its peer has lost replies of groups, and its consumers were not told yet.
    Instance* only = nullptr;      // Where every message goes, if to one instance alone.
    std::uint64_t order = 0;       // Of its next event.
    void* const context;           // The adapter's name for it.
    const PortPtr port;            // The peer that the adapter talks to, or the channel.
    const millrace_id id;

    const std::size_t key_at;  // Where in its address the key begins.
    std::uint64_t epoch = 1;
    std::int64_t settle_deadline_us = 0;  // After it a message that fails is not tried again; 0: as the route says.
    std::uint64_t last_post = 0;          // The last group command that its peer has got.
    std::uint64_t paused_bytes = 0;       // What the first event that was not taken needs.
    std::vector<Instance*> instances;
    std::unique_ptr<Question> question;
    Ways ways;                                 // Of every message,
    std::unique_ptr<Particulars> particulars;  // or what the ways of each follow from.
    PortPtr waits_at;                          // The channel that the source waits for,
    Hold grant;                                // and its room there.

    // Of a channel:
    std::optional<Loop::Timer> idle;                //
    std::vector<std::unique_ptr<Parcel>> for_next;  // What came after it was closed: for its next opening.
};

}  // namespace millrace
