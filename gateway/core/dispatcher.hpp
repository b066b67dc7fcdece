#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "gateway/core/delivery.hpp"
#include "gateway/core/event_fields.hpp"
#include "gateway/core/groups.hpp"
#include "gateway/core/kept_states.hpp"
#include "gateway/core/ledger.hpp"
#include "gateway/core/loop.hpp"
#include "gateway/core/outbox.hpp"
#include "gateway/core/pinned_routes.hpp"
#include "gateway/core/pipeline.hpp"
#include "gateway/core/scope.hpp"
#include "gateway/core/slab.hpp"
#include "gateway/core/snapshot.hpp"

// Step 3, "is submitted": the scopes of one loop. Takes what the adapter says (a scope opens, events come, it closes),
// and tells the adapter what the consumers have decided.
//
// Only the outermost of open, submit and run calls plugin code; whatever that causes is queued (contract B2).
// Thread: the loop's; post() through loop() from any.
namespace millrace {

class AdapterHost;
class Durability;
struct Asker;
struct GroupPost;

// What a loop knows of itself at one moment.
struct LoopReport {
    std::uint64_t scopes = 0;
    std::uint64_t unmatched = 0;           // Scopes that no route took, or that one dropped,
    std::uint64_t unmatched_messages = 0;  // and messages of scopes that are routed one by one.
    std::uint64_t unmatched_probes = 0;    // Of what no route could deliver.
    std::uint64_t pinned_routes = 0;       // Sets of routes that probes have named, and that are held.
    std::uint64_t paused = 0;              // Times that a mailbox was full.
    std::uint64_t replies = 0;             // Commands given to the adapter.
    std::uint64_t group_drops = 0;         // Group events and replies that a member had no room for.
    std::uint64_t replies_dropped = 0;     // Commands whose scope was closed when they were to leave.
    std::uint64_t sent = 0;                // What consumers sent to addresses, and answered.
    std::uint64_t orphans = 0;             // Of what came here, that whose target was gone.
    std::uint64_t states_kept = 0;         // Of channels that are closed,
    std::uint64_t state_bytes = 0;         // and their size.
    std::uint64_t states_evicted = 0;      // That had to make room for others before their time.
    std::uint64_t settle_deadlines = 0;    // Messages that were tried until their settle_deadline was over,
    std::string last_settle_deadline;      // and the scope of the last.
    struct Consumer {
        std::uint64_t created = 0, acked = 0, dead = 0, expired = 0, dropped = 0, retried = 0, overdue = 0;
        ConsumerCount now;
    };
    std::vector<Consumer> consumers;  // By their index.
};

class Dispatcher {
  public:
    // `context`: the adapter's name for this loop.
    Dispatcher(std::uint16_t index, AdapterHost& adapter, void* context, Pipeline& pipeline);
    ~Dispatcher();

    Loop& loop() { return loop_; }
    Delivery& delivery() { return delivery_; }
    Durability& durability() { return *durability_; }

    // [loop] The adapter stays, though another generation of it has opened its addresses.
    void list_addresses();
    AdapterHost& adapter() const { return adapter_; }

    // What the adapter calls; the answers are those of abi.h.
    std::int32_t open(const millrace_scope_spec& spec, millrace_id& id);
    std::int32_t probe(const millrace_probe& probe, millrace_id& routes);
    bool release(millrace_id routes) { return pinned_.release(routes); }
    bool close(millrace_id id, std::uint32_t reason, std::string_view fields);  // Whether there was such a scope.
    std::uint32_t submit(millrace_id id, const millrace_submission* first, std::uint32_t count, std::uint32_t stride,
                         std::uint8_t* results);
    void written(millrace_id id, std::uint64_t bytes);
    void gap(millrace_id id);
    void outcome(const millrace_report& report);
    void bury(const millrace_letter& letter, std::string_view why);
    void run();
    void detach();

    // [any] Its thread has left: whoever reads it is alone with it.
    bool has_left() const { return has_left_.load(std::memory_order_acquire); }

    // A reload, in two steps: first every loop makes room to count for consumers that are new, then each goes by the
    // next configuration. Channels get the next generation of their consumer between two events (contract E8), those of
    // a consumer that is gone are closed.
    void make_room_for(std::size_t consumers);
    void adopt(SnapshotPtr next);
    ConsumerHost* next_generation(const Instance& instance) const;

    // Closes the scopes that are served by a generation whose time is over.
    void end_generation(const ConsumerHost& consumer);

    // [any] Where things can be sent to, and who waits for room there.
    Ports& ports() { return pipeline_.ports; }
    PoisonJournal::Slot* notes();
    Waits& waits() { return pipeline_.waits; }
    PortPtr make_port(const Instance& instance);

    // What came from other loops, or from this one.
    void receive(std::unique_ptr<Parcel> parcel);
    void on_granted(Grant& grant);

    // What deliveries come to.
    void commit(Instance& instance, Outbox& outbox);
    void answer(Instance& instance, Turn& turn);
    void on_taken(Scope& scope);
    void give_up_asking(Scope& scope);  // The time for its answer is over: that means RETRY (contract D8).
    void forget(Scope& scope);
    void leave_groups(Instance& instance) { groups_.leave_all(instance); }
    void keep_state(Instance& instance);
    Event make_gap(Instance& instance);
    Event make_timer(const Instance& instance, std::string_view name, std::uint32_t hops);
    void on_unstuck();
    void bury(const Instance& instance, const RouteConfig& route, const millrace_event& event, std::uint32_t code,
              std::string_view why, bool is_on_disk);

    // Step 7: tells the sender, where it waits to be told.
    SettlementPtr new_settlement(const Instance& instance, const RouteConfig& route, std::uint64_t cookie) const;
    std::int64_t settle_due_us(const Scope& scope) const;
    void on_settle_deadline(const Instance& instance, const Event& event);
    void settle(const Instance& instance, const Event& event, const Verdict& verdict);
    void settle(const Scope& scope, const BorrowedEvent& event, const Verdict& verdict);
    void settle(Settlement& settlement, std::uint32_t consumer, const Verdict& verdict);

    // Calls `then` once every accepted event has been handled.
    void when_quiet(std::function<void()> then);

    // Drops what has not begun, closes every scope, and calls `then` once the last is gone.
    void close_all(std::function<void()> then);

    LoopReport report();

    // [any] How much has left for a loop, perhaps this one, and how much has come from one.
    std::uint64_t departed() const { return departed_.get(); }
    std::uint64_t arrived() const { return arrived_.get(); }

    // When a message that comes now by that route expires; 0: never.
    std::int64_t deadline_us(const RouteConfig& route) const {
        const auto expires_us = static_cast<std::int64_t>(route.expires_ms) * 1000;
        return expires_us == 0 ? 0 : pipeline_.clock.now_us() + expires_us;
    }

  private:
    friend class Durability;

    struct Settled {
        millrace_id scope = 0;
        std::uint64_t cookie = 0;
        std::uint32_t verdict = 0;
        std::uint32_t code = 0;
        std::string text;
    };
    struct Closing {
        millrace_id scope = 0;
        std::uint32_t code = 0;
        std::string text;
    };
    // Who waits to hear what became of what was sent.
    struct Reported {
        PortPtr from;
        std::uint64_t correlation = 0;
        bool is_told = true;
        std::int64_t row = 0;  // In the outbox on the disk, or 0.
    };

    void ask(Scope& scope);
    void settle_connect(Scope& scope, std::uint32_t reason);  // `reason`: of the close, where the answer is no.
    void flush_settlements();
    void resume_paused();
    void close(Scope& scope, std::uint32_t reason, std::string_view fields);
    std::int32_t add_ways(Scope& scope, const Snapshot& rules, const Routing& routing, const ScopeFields& fields);
    ConsumerHost* consumer_of(const Snapshot& rules, const Target& target) const;
    bool is_served(const Snapshot& rules, const Routing& routing) const;
    PortPtr channel_of(ConsumerHost& consumer, const Target& target, std::span<const Capture> captures);
    std::uint32_t take_now(Scope& scope, const millrace_submission* first, std::uint32_t count, std::uint32_t stride,
                           std::uint8_t* results);
    std::optional<std::uint8_t> take_in(Scope& scope, const millrace_submission& submission);  // Nothing: no room.
    std::optional<std::uint8_t> take_in(Instance& only, const millrace_submission& submission);
    std::optional<Verdict> find_ways(Scope& scope, const millrace_submission& submission, Ways& ways);
    Way find_way(Scope& scope, const RouteConfig& route, ConsumerHost& consumer, const Target& target,
                 std::span<const Capture> captures);
    std::uint8_t end_unrouted(Scope& scope, const millrace_submission& submission, const Verdict& verdict);
    static ConsumerHost& consumer_of(const Way& way);
    bool reserve(Scope& scope, Ways& ways, std::uint64_t bytes);
    std::uint8_t deliver(Scope& scope, Ways& ways, const millrace_submission& submission);
    void send_to_channel(Scope& scope, Way& way, const millrace_submission& submission, SettlementPtr settlement);
    Body body_of(const millrace_submission& submission) const;
    void bury(const Scope& scope, const millrace_submission& submission, std::string_view why);
    void append_fields(const Event::Head& head, std::int64_t now_us, std::string_view fields,
                       std::uint64_t payload_size);
    Event make_event(const Event::Head& head, std::string_view fields, millrace_bytes payload,
                     SettlementPtr settlement = {}, std::unique_ptr<Parcel> parcel = {}, const Body& body = {});
    void depart(std::unique_ptr<Parcel> parcel);
    void post(std::unique_ptr<Parcel> parcel);
    void take_in(std::unique_ptr<Parcel> parcel);
    void take_in(Instance& instance, std::unique_ptr<Parcel> parcel);
    void send_out(std::unique_ptr<Parcel> parcel);
    std::int32_t open_addresses(const millrace_scope_spec& spec, millrace_id& id);
    void redirect(std::unique_ptr<Parcel> parcel);
    // `asker`: the address of who waits for its outcome and is not there yet, or empty.
    void hand_over(std::unique_ptr<Parcel> parcel, std::string_view asker = {});
    void tell(const Reported& sent, std::string_view fields);
    void tell(const Asker& asker, millrace_id scope, std::string_view fields);
    void inform(const PortPtr& to, std::uint32_t kind, std::string_view fields);
    void tell_of(std::int64_t row, const PortPtr& asker);  // What becomes of it, if that is not known yet.
    Instance* find_or_open(const PortPtr& port);
    static Instance* find(const Scope& scope, std::uint32_t consumer);
    Scope* open_channel(const PortPtr& port, bool has_lane = false);  // Something is on the disk for it.
    static std::string state_key(const Instance& instance);
    void take_state(Instance& instance);  // That an earlier opening of its scope has left.
    void watch_idle(Scope& scope);
    void flush_sends();
    void request_close(Scope& scope, std::uint32_t code, std::string_view text);
    void post_to_group(Instance& from, const Outbox& outbox, const Outbox::Command& command);
    void deliver(GroupPost& post);
    std::uint64_t send_to(std::span<Instance* const> members, GroupPost& post);
    std::uint64_t reply_to(std::span<Instance* const> members, GroupPost& post);
    static bool is_left_out(const Instance& member, const GroupPost& post);
    void lose(Instance& member, GroupPost& post);
    void tell_of_losses(Instance& member);
    void tell_of_losses(Scope& scope);
    void catch_up(Scope& scope);
    void report_back(const GroupPost& post);
    void run_requests();
    std::uint64_t open_deliveries() const;
    void check_quiet();

    AdapterHost& adapter_;
    Pipeline& pipeline_;
    SnapshotPtr snapshot_;
    std::deque<Ledger> ledgers_;
    std::atomic<bool> is_attached_{true};
    std::atomic<std::uint32_t> waking_{0};  // Threads that are about to wake it.
    std::atomic<bool> has_left_{false};
    Loop loop_;
    Slab<Scope> scopes_;
    Delivery delivery_;  // Behind the scopes: its instances refer to them.
    std::unique_ptr<Durability> durability_;
    PortPtr addresses_;  // The adapter's, where it has opened them on this loop.
    PinnedRoutes pinned_;
    Groups groups_;
    KeptStates kept_states_;
    bool is_closing_all_ = false;
    std::uint64_t last_epoch_ = 0;
    Counter departed_;
    Counter arrived_;
    std::uint64_t last_post_ = 0;
    bool is_running_ = false;  // Plugin code may be running: B2.
    std::uint64_t next_message_id_ = 0;
    std::uint64_t ids_left_ = 0;
    std::string fields_;                            // Of the events of one submission,
    std::array<BorrowedEvent, kTurnEvents> batch_;  // which are these.
    std::string said_;                              // Of one parcel.
    std::vector<millrace_send> sends_;
    std::vector<Settled> settled_;
    std::vector<Closing> closings_;
    std::vector<millrace_id> resumes_;
    std::unordered_map<std::uint64_t, Reported> reported_;  // By `receipt`.
    std::uint64_t last_receipt_ = 0;
    std::function<void()> on_quiet_;
    std::function<void()> on_empty_;
    LoopReport counts_;
};

}  // namespace millrace
