#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gateway/base/result.hpp"
#include "gateway/core/spool_store.hpp"

// What people ask of a spool, done in portions of one transaction each: so the writer of a gateway that runs is never
// held for long, and a command on a million rows needs the memory of a few. The same for a spool that no gateway holds.
namespace millrace::admin {

// What one portion has come to.
struct Portion {
    std::string lines;                       // JSON objects, one a line, each with its end.
    std::vector<spool::DeadLetter> letters;  // To be written whole, which is too much work for the writer.
    std::string error;                       // What was asked for is wrong: it is the last one.
    std::vector<std::int64_t> lanes;         // That got deliveries.
    std::int64_t pause_us = 0;               // From the begin of this one to the begin of the next.
    bool is_last = false;
};

void add_line(Portion& portion, const boost::json::object& object);

// Its lines, and those of its letters. Not for the writer.
std::string to_lines(const Portion& portion);

class SpoolCommand {
  public:
    virtual ~SpoolCommand() = default;

    // [writer, in a transaction] Does the next portion; where that was undone, it is called again for the same.
    virtual void run(spool::Store& store) = 0;

    // [anyone, behind run()] It is on the disk.
    virtual Portion committed() = 0;
};

// One that keeps where it is in a State, which is copied for each portion and has to be small.
template <class State> class PortionedCommand : public SpoolCommand {
  public:
    void run(spool::Store& store) final {
        next_ = state_;
        portion_ = {};
        step(store, next_, portion_);
    }
    Portion committed() final {
        state_ = std::move(next_);
        return std::move(portion_);
    }

  private:
    virtual void step(spool::Store& store, State& state, Portion& portion) = 0;

    State state_{};
    State next_{};
    Portion portion_;
};

// The next portion on a store that nobody else uses. The error is that of the database; nothing was done then.
Result<Portion> run_portion(spool::Store& store, SpoolCommand& command);

}  // namespace millrace::admin
