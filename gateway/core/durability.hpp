#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "gateway/core/delivery.hpp"
#include "gateway/core/durable_lane.hpp"
#include "gateway/core/outbox.hpp"
#include "gateway/core/scope.hpp"
#include "gateway/core/spool_store.hpp"
#include "gateway/core/turn.hpp"

// What durable routes add to the way of an event (contract D2, D3): a message is accepted when it is on the disk (T1),
// and what a handler has come to leaves when it is on the disk (T2). A message goes on to its mailbox from memory where
// it is the next of its lane; else the lane is behind, and what comes next is read from the disk when there is room for
// it, so a backlog takes no memory.
//
// What goes to the spool comes back to the loop that sent it in the order in which it was sent, and what the spool has
// taken is told to every loop in the order of the disk: so nothing that is read, or told of, comes twice or is missed.
// Thread: the loop's.
namespace millrace {

namespace spool {
class Spool;
}

class Durability {
  public:
    Durability(Dispatcher& dispatcher, Delivery& delivery);
    ~Durability();

    // Whether there is room for a message of that size on its durable ways; it is taken then. Else the scope waits for
    // room_again().
    bool take_room(Scope& scope, const Ways& ways, std::uint64_t bytes);

    // T1: the message goes to the durable ones of its ways, with all others of this turn of the loop once flush() is
    // called. Its sender is told when it is on the disk. REQUIRES: take_room() returned true.
    void accept(Scope& scope, const Ways& ways, const millrace_submission& submission, std::uint64_t order);
    void flush();

    // Those that were refused for want of room may try again.
    void room_again();

    // Reads the lane of a channel, or of another scope whose state outlives its closing. Nothing of one that opens runs
    // before that.
    void load(Instance& instance);

    // The lane is free for the scope that has it now.
    void let_go(millrace_id scope, std::uint32_t consumer);

    // The instance goes.
    void leave(const Instance& instance);

    // T2: what a turn has come to. `end` is called before its events are taken out of the mailbox, `bury` and `retry`
    // for the first event there; `conclude` has it all written, and behind that done what the handlers want done.
    // `is_last`: it was DISCONNECT, and the instance goes then.
    void end(Instance& instance, const Turn& turn);
    void bury(Instance& instance, const Mailbox::Entry& entry, std::string_view why);
    void retry(Instance& instance, const Mailbox::Entry& entry, std::int64_t wait_us, std::string_view why);
    void conclude(Instance& instance, Turn& turn, bool is_last = false);

    // A delivery whose deadline has passed before its handler began.
    void expire(Instance& instance, std::int64_t position);

    // A channel that closes leaves no timers behind, but for a drain.
    void stop_timers(Instance& instance);

    // Reads on where there is room; where there is nothing more, has a DISCONNECT come that has waited for that.
    void look(Instance& instance);

    // Something was written for a channel that lives here.
    void reopen(const PortPtr& channel);

    // Those of the lanes that are open here read on. They are taken out of the set; one that has had its last event is
    // `ending`, and comes back when it is restored behind that.
    void wake(std::set<std::int64_t>& lanes, std::set<std::int64_t>& ending);

    // T3: the adapter has opened its addresses, on this loop. What stands on the disk for them leaves.
    void open_departures(const PortPtr& addresses);
    bool has_departures() const { return departures_ != nullptr; }

    // What stands there from this row on leaves again. `asker`: who is to hear of it, or null.
    void go_back(std::int64_t row, const PortPtr& asker);

    // Has it leave on the loop that the adapter is on now, which may be another.
    void pass_on(std::string_view adapter, std::int64_t row, const PortPtr& asker);

    // Whether what is on the disk leaves now. Else it does so when what stands there before it has left.
    bool leaves(const Parcel& parcel);

    // The adapter keeps it and tries later: others may leave meanwhile.
    void on_kept(std::int64_t row) { departures().park(row); }

    // What became of a row of the outbox. Where that is not known, it leaves again. `asker`: who is to hear of it, or
    // null.
    void on_outcome(std::int64_t row, bool is_known, const PortPtr& asker);

    // At a start: what was left of a scope that is gone (contract A9). Whether it can be; it is among
    // Pipeline::restored until it is through.
    bool restore(const spool::Busy& found, ConsumerHost& consumer);

  private:
    struct Handover;
    struct Handovers;
    struct Errand;
    struct Acceptance;
    struct Change;
    struct Reading;
    struct Opening;
    struct Departing;
    struct Departed;

    // What stands on the disk for the adapter's addresses, as this loop knows it.
    struct Departures {
        PortPtr addresses;
        std::unordered_map<std::int64_t, std::size_t> under_way;  // Rows that have left and may still stand there,
        std::size_t bytes = 0;                                    // and what of them is in memory.
        std::unordered_set<std::int64_t> parked;                  // Those that the adapter keeps for a later time.
        std::unordered_map<std::int64_t, PortPtr> askers;         // Who waits to hear of rows that are to leave again.
        std::int64_t last_read = 0;    // Of what is to leave, none stands before this but what is under way.
        std::int64_t last_seen = 0;    // All rows up to here have been read, if perhaps not since they were lost.
        std::int64_t last_missed = 0;  // The last that was not let past others since it was read.
        bool is_behind = true;         // There is more than what is under way: it leaves as it is read.
        bool is_reading = false;
        bool is_waiting = false;  // Until it is tried again.
        std::int64_t wait_us = 0;

        void add(std::int64_t row, std::size_t size) {
            if (under_way.emplace(row, size).second) bytes += size;
        }
        void park(std::int64_t row) {
            const auto found = under_way.extract(row);
            if (!found) return;
            bytes -= found.mapped();
            parked.insert(row);
        }
        void remove(std::int64_t row) {
            park(row);
            parked.erase(row);
        }
    };

    spool::Spool& spool();
    void submit(Errand* errand);
    void on_accepted(Acceptance& acceptance);
    void on_concluded(Change& change);
    void on_read(Reading& reading);
    void on_opened(Opening& opening);
    void arrive_at(Instance& instance, const spool::Arrival& arrival, const spool::Arrival::To& to,
                   const RouteConfig& route);
    void push(Instance& instance, const spool::Message& message, const RouteConfig& route,
              const spool::Delivery& delivery);
    void refuse(Instance& instance, const Event& event, std::int64_t position);
    Change& change(Instance& instance);
    void send_off(Change* change);
    void add_timers(Change& change);
    void add_sends(Instance& instance, Change& change);
    void add_bounce(Change& change, const Event& event, const Turn::Refusal& refusal);
    static void add_departure(Change& change, const Outbox::Command& command);
    Departures& departures();
    void read_departures();
    bool has_the_addresses() const;
    void keep_asker(std::int64_t row, const PortPtr& asker);
    void on_departing(Departing& departing);
    void on_departed(std::int64_t row);
    void depart(const spool::Command& row);
    const RouteConfig& route_named(std::string_view name) const;
    // Of messages whose route the configuration does not have any more, or that a consumer sent.
    static const RouteConfig& unrouted();
    DurableLane& lane_of(Instance& instance);
    static spool::Lane row_of(const Instance& instance);
    static spool::Lane row_of_channel(const Port& channel);
    std::unique_ptr<Parcel> parcel_of(const spool::Message& message);

    Dispatcher& dispatcher_;
    Delivery& delivery_;
    std::unique_ptr<Acceptance> acceptance_;  // Of the submissions of this turn of the loop.
    std::uint64_t arriving_ = 0;              // Messages on their way to the disk,
    std::uint64_t arriving_bytes_ = 0;        // and their size.
    bool is_waited_for_ = false;              // A scope waits until there are fewer.
    std::unique_ptr<Departures> departures_;  // Of an adapter that has addresses.
};

}  // namespace millrace
