#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gateway/core/spool_store.hpp"

// Looks at everything that a spool holds, a portion at a time, and changes nothing: what is damaged stays where it is,
// for whoever reads it next.
// Thread: the writer's, in a transaction.
namespace millrace::spool {

struct Verification {
    enum class Part { messages, deliveries, letters, commands, lanes, done };

    std::int64_t messages = 0;  // That were read and are whole, bodies included; likewise the others.
    std::int64_t deliveries = 0;
    std::int64_t letters = 0;
    std::int64_t commands = 0;
    std::int64_t wrong = 0;             // How much is not,
    std::vector<std::string> findings;  // and what, of the last portion.

    Part part = Part::messages;          // Where it goes on: behind this
    std::int64_t last = 0;               // row, or behind this
    std::int64_t last_lane = INT64_MIN;  // lane's `last` delivery.

    bool is_whole() const { return wrong == 0; }
};

// Looks at the next `count` rows, or fewer. Others may change the spool between two portions.
void verify(Store& store, Verification& so_far, std::size_t count);

// What can only be asked while nobody else uses the spool, and takes as long as reading it whole: whether SQLite's own
// structures are right, and the totals.
void verify_at_rest(Store& store, Verification& so_far);

}  // namespace millrace::spool
