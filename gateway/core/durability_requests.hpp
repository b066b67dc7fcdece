#pragma once

#include <string>
#include <utility>
#include <vector>

#include "gateway/core/dispatcher.hpp"
#include "gateway/core/durability.hpp"
#include "gateway/core/outbox.hpp"
#include "gateway/core/spool.hpp"

// What loops have the spool do. Each is made on a loop, done by the spool's writer, and arrives on its loop again.
namespace millrace {

// There is something new for a channel on the disk: tells the loop that it lives on.
struct Durability::Handover final : Job {
    explicit Handover(PortPtr channel) : channel(std::move(channel)) {}
    void arrive() override;

    PortPtr channel;
};

struct Durability::Handovers {
    void add(Durability& from, const PortPtr& channel);
    void post();  // [writer] Leaves those whose loop has left.

    std::vector<std::unique_ptr<Handover>> all;
};

// One that goes back to its loop. A loop that has left needs no answer: what is on the disk is found at the next start.
struct Durability::Errand : spool::Request {
    explicit Errand(Durability& home) : home(home) {}
    void finished() override;
    void arrive() override;
    virtual void done() = 0;  // [loop]

    Durability& home;
    Handovers handovers;
};

// T1
struct Durability::Acceptance final : Errand {
    struct Target {
        Instance* instance = nullptr;
        PortPtr channel;  // Where there is no instance.
    };
    struct Item {
        Item(millrace_id scope, std::uint64_t cookie, const RouteConfig* route, bool is_first)
            : scope(scope), cookie(cookie), route(route), is_first(is_first) {}

        millrace_id scope;
        std::uint64_t cookie;
        const RouteConfig* route;
        bool is_first;  // Of its submission, whose sender is told.
        spool::Arrival arrival;
        std::vector<Target> targets;
        Settlement::Consumers others;  // That have got it by other routes.
    };

    using Errand::Errand;
    bool is_intake() const override { return true; }
    void apply(spool::Store& store) override;
    void done() override { home.on_accepted(*this); }

    std::vector<Item> items;
};

// T2
struct Durability::Change final : Errand {
    Change(Durability& home, Instance& instance) : Errand(home), instance(instance) {}
    void apply(spool::Store& store) override { store.conclude(conclusion); }
    void done() override { home.on_concluded(*this); }

    Instance& instance;
    spool::Conclusion conclusion;
    Outbox outbox;
    std::vector<Parcel*> departing;  // Of each row of the outbox that leaves from memory; else null.
};

// What comes next of a lane.
struct Durability::Reading final : Errand {
    Reading(Durability& home, Instance& instance)
        : Errand(home), instance(instance), lane(instance.lane->id), position(instance.lane->position),
          last(instance.lane->last) {}
    void apply(spool::Store& store) override;
    void done() override { home.on_read(*this); }

    static constexpr std::size_t kEntries = 64;
    static constexpr std::size_t kBytes = 1 << 20;

    Instance& instance;
    const std::int64_t lane;
    const std::int64_t position;
    const std::int64_t last;
    spool::Page page;
    bool is_whole = false;
};

// The lane of a channel that opens.
struct Durability::Opening final : Errand {
    Opening(Durability& home, Instance& instance, spool::Lane wanted)
        : Errand(home), instance(instance), wanted(std::move(wanted)) {}
    void apply(spool::Store& store) override { found = store.open_lane(wanted); }
    void done() override { home.on_opened(*this); }

    Instance& instance;
    const spool::Lane wanted;
    spool::Busy found;
};

// What stands in the outbox for an adapter's addresses.
struct Durability::Departing final : Errand {
    Departing(Durability& home, std::string adapter, std::int64_t after)
        : Errand(home), adapter(std::move(adapter)), after(after), last(after) {}
    void apply(spool::Store& store) override;
    void done() override { home.on_departing(*this); }

    // Of each time. The next one goes on from there.
    static constexpr std::size_t kRows = 64;
    static constexpr std::size_t kRowsSeen = 1024;
    static constexpr std::size_t kBytes = 1 << 20;
    static constexpr std::size_t kStep = 16;

    const std::string adapter;  // With its colon.
    const std::int64_t after;
    std::int64_t last;
    std::vector<spool::Command> rows;
    bool is_whole = false;
};

// T3
struct Durability::Departed final : Errand {
    Departed(Durability& home, std::int64_t row) : Errand(home), row(row) {}
    void apply(spool::Store& store) override { store.end_command(row); }
    void done() override { home.on_departed(row); }

    const std::int64_t row;
};

}  // namespace millrace
