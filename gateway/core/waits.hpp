#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "gateway/core/job.hpp"
#include "gateway/core/port.hpp"

// Who waits for whose room: deliveries that were undone because a port was full, and scopes whose events could not all
// be taken. First come, first served; room that is granted is held for its waiter until that has tried again.
//
// Ports whose owners wait for each other in a ring would wait for ever. The wait that closes a ring is granted beyond
// the limit, as far as Port::take_beyond goes: two full mailboxes that send to each other do not stall (contract C1).
// Further than that it is hopeless, and the delivery is tried again like one that has failed.
// Thread: any.
namespace millrace {

// Who waits: an instance of a scope, or the scope's source itself.
struct Waiter {
    Dispatcher* home = nullptr;
    millrace_id scope = 0;
    ConsumerHost* consumer = nullptr;  // Null: the source.
    const Port* self = nullptr;        // Where others may wait for this waiter.
};

// Tells a waiter on its loop that it has what it waits for.
struct Grant final : Job {
    Grant(const Waiter& waiter, Hold hold) : waiter(waiter), hold(std::move(hold)) {}
    void arrive() override;

    Waiter waiter;
    Hold hold;
};

class Waits {
  public:
    enum class Answer {
        waiting,   // A Grant will arrive.
        hopeless,  // None will.
    };

    Answer wait(const Waiter& waiter, const PortPtr& port, Amount amount);

    // The waiter is gone, or waits no more. A Grant may be on its way already.
    void forget(const Waiter& waiter, const Port& port);

    // Room at the port was given back.
    void serve(Port& port);

    // How many wait now.
    std::size_t size() const;

  private:
    struct Entry {
        Waiter waiter;
        PortPtr port;
        Amount amount;
    };

    using Grants = std::vector<std::unique_ptr<Grant>>;

    Answer wait_locked(const Waiter& waiter, const PortPtr& port, Amount amount, Grants& grants);
    void serve_locked(Port& port, Grants& grants);
    bool closes_ring(const Port* self, const Port& port) const;
    static Grants::value_type grant(const Entry& entry);
    static void post(Grants grants);  // Without the lock: it wakes loops, which is plugin code.

    mutable std::mutex mutex_;
    std::unordered_map<const Port*, std::deque<Entry>> queues_;  // By what is waited for.
    std::unordered_map<const Port*, const Port*> waits_at_;      // The owner of this port -> what it waits for.
};

}  // namespace millrace
