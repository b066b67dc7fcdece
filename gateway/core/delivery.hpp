#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <random>
#include <set>
#include <span>
#include <vector>

#include "gateway/core/ledger.hpp"
#include "gateway/core/loop.hpp"
#include "gateway/core/poison_journal.hpp"
#include "gateway/core/scope.hpp"
#include "gateway/core/slab.hpp"
#include "gateway/core/tap.hpp"
#include "gateway/core/turn.hpp"
#include "gateway/core/waits.hpp"

// Step 5, "is delivered": takes events out of mailboxes, runs the handlers, and acts on how they ended.
//
// One for each loop. An instance that has something to do waits in a queue for its turn (async), or its turn is sent to
// the consumer's pool (sync); either way the turn comes back to finish(), where commands are committed, verdicts are
// counted and the next turn begins.
// Thread: the loop's.
namespace millrace {

class Dispatcher;

// What a loop holds for one consumer.
struct ConsumerCount {
    std::uint64_t instances = 0;
    std::uint64_t open = 0;  // Deliveries that have not ended.
};

// An event that is not kept: its bytes are the adapter's.
struct BorrowedEvent {
    Event::Head head;
    millrace_bytes event;
    millrace_bytes payload;
    std::uint64_t cookie = 0;  // The adapter's, for its settlement.
};

class Delivery {
  public:
    // `ledgers`: one for each consumer, by its index. `tap`: who is shown what comes here. `dispatcher` hears of
    // answers, commits and ends.
    Delivery(Loop& loop, std::deque<Ledger>& ledgers, Tap& tap, Dispatcher& dispatcher);
    ~Delivery();

    Loop& loop() { return loop_; }

    // An instance of `consumer` for `scope`, or null where there is no slot.
    Instance* open(Scope& scope, ConsumerHost& consumer, const RouteConfig& route);

    // Has the instance in that slot on its way from memory: mostly the one of the scope with the same slot, since both
    // are given out together.
    void prefetch(std::uint32_t slot) { instances_.prefetch(slot); }

    // Whether deliver_now() may be called.
    bool is_free(const Instance& instance) const;

    // The short way: runs the handler on the events where they lie, and keeps only those that it has not ended.
    void deliver_now(Instance& instance, std::span<const BorrowedEvent> events);

    // Puts an event into the mailbox, and the instance in line.
    void enqueue(Instance& instance, const Event& event, const DiskPlace& place = {});

    // Makes an event that no handler will see a dead letter; `is_on_disk`: there.
    void refuse(Instance& instance, const Event& event, std::string_view why, bool is_on_disk = false);

    // Runs the turns of those in line, not for longer than a few milliseconds.
    void run_ready();

    // An instance has the room that it has waited for.
    void on_granted(Instance& instance, Hold hold);

    // The scope is closed: what is in a back-off is given up, what runs is told.
    void on_closed(Scope& scope);

    // From now on nothing is tried again, and messages that no handler has begun are dropped, or left on the disk.
    void abandon();
    bool is_abandoning() const { return is_abandoning_; }

    // Gives an instance its last event. One that refused CONNECT is just removed.
    void close(Instance& instance, const Event& disconnect);
    void remove(Instance& instance);

    // Has the instance run where it has something to do. A channel's that is to be served by the next generation of its
    // consumer gets that first.
    void line_up(Instance& instance);

    // A TIMER of that name comes after this time, or, without one, does not come.
    void set_timer(Instance& instance, std::string_view name, std::optional<std::uint64_t> delay_us,
                   std::uint32_t hops);

    static bool has_timer(const Instance& instance, std::string_view name);

    // [a turn's thread] Where others can send to this instance, and where it can send to: the answers are those of
    // Ports::find.
    const PortPtr& port_of(Instance& instance);
    std::int32_t find_port(const Instance& instance, std::string_view address, PortPtr& port);
    // Those of the adapter that a peer is of, as it is now.
    PortPtr addresses_at(const Port& peer);
    void count_unaddressed_reply();

    // [a turn's thread is the loop] -> MILLRACE_OK, or MILLRACE_ERROR where it may not.
    millrace_status start_op(Turn& turn, std::uint32_t kind, std::uint64_t arg, millrace_id& op);

    // A completion that came from outside of the handler. Whether it named an open delivery.
    bool complete(const ConsumerHost& consumer, millrace_id token, const millrace_outcome& outcome);

    // Where the delivery is one whose handler may still be on a worker, takes the job and has it arrive again when the
    // turn is back. Whether it did.
    bool keep(const ConsumerHost& consumer, millrace_id token, std::unique_ptr<Job>& job);

    // A turn is back from its worker.
    void take_back(Turn& turn);

    // [a turn's thread] Where that thread notes what it handles; null where nothing is durable.
    PoisonJournal::Slot* notes();

    // The instances that have one of these lanes.
    std::vector<Instance*> find_lanes(const std::set<std::int64_t>& lanes);

    // Adds up, by walking the mailboxes; one count for each consumer, by its index.
    void report(std::span<ConsumerCount> counts);

  private:
    struct Op {
        Instance* instance = nullptr;
        std::optional<Loop::Timer> timer;  // SLEEP
        bool is_cancelled = false;
    };
    struct Offload;
    struct Farewell;

    Ledger& ledger(const Instance& instance);
    millrace_id next_token(const Instance& instance);
    void run(Instance& instance);
    bool renew(Instance& instance, ConsumerHost& next);
    void pass_on(Instance& instance, ConsumerHost& next);
    void show_mailbox(Turn& turn, Instance& instance);
    void finish(Turn& turn, bool is_in_mailbox);
    void conclude(const Turn& turn, bool is_in_mailbox);
    void conclude(const Turn& turn, const Turn::Refusal& refusal, const RouteConfig& route, Ledger& ledger);
    void hold_open(Instance& instance, Draft draft);
    void watch(Turn& turn, std::int64_t timeout_us);
    void stop_timer(Instance& instance);
    template <class Call> void continue_open(Instance& instance, Call&& call);
    void try_again(Instance& instance, const Turn& turn);
    static std::int64_t settle_due_us(const Event& event);
    static bool is_upstream(const Event& event);
    void back_off(Instance& instance, std::int64_t wait_us);
    bool is_over(const Mailbox::Entry& entry) const;   // Its deadline is.
    bool drop_expired(Instance& instance);             // Those at the front of its mailbox. Whether there were any.
    static bool is_on_disk(const Instance& instance);  // What is first in its mailbox.
    void give_back(Instance& instance, std::string_view why);
    bool keep_edge(Instance& instance, const Turn& turn);
    bool wait_for_room(Instance& instance, const PortPtr& port, Amount amount);
    void bury_when_due(Instance& instance);
    void stop_waiting(Instance& instance);
    Waiter waiter(const Instance& instance);
    static const RouteConfig& first_route(const Instance& instance);
    void bury(Instance& instance, std::string_view why);
    static millrace_event shown(const Instance& instance, const Event& event, std::uint32_t attempt);

    static constexpr std::string_view kExpiredText = "it has waited for longer than its route lets it";
    static constexpr std::string_view kClosedText = "its scope was closed before it could be tried again";
    void drop_messages(Instance& instance);
    void drop_notice(Instance& instance);
    void settle_as_retry(const Instance& instance);
    void end_op(std::uint32_t slot, std::int32_t status);
    void cancel_ops(Instance& instance);

    Loop& loop_;
    std::deque<Ledger>& ledgers_;
    TapView tap_;
    Dispatcher& dispatcher_;
    Slab<Instance> instances_;
    Slab<Op> ops_;
    std::deque<Instance*> ready_;
    Turn turn_;                                // For those that run here.
    std::span<const BorrowedEvent> borrowed_;  // What it shows, while deliver_now() runs.
    std::vector<std::unique_ptr<Turn>> spare_turns_;
    bool is_abandoning_ = false;
    std::minstd_rand random_{std::random_device{}()};
};

}  // namespace millrace
