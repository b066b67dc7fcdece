#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gateway/core/job.hpp"
#include "gateway/core/mailbox.hpp"

// The place on the disk of what one instance receives by durable routes, as its loop knows it.
// Thread: the loop's.
namespace millrace {

struct DurableLane {
    std::int64_t id = 0;         // Of its row; 0: it is not known yet.
    std::int64_t position = 0;   // Of the last that went into the mailbox.
    std::uint32_t arriving = 0;  // Messages on their way to the disk,
    std::uint32_t leaving = 0;   // and what handlers have come to.
    bool is_behind = false;      // The disk has more than the mailbox.
    bool is_reading = false;
    bool is_held = false;              // What was left of an earlier scope of the same key comes first,
    bool wants_opening = false;        // then the lane is read.
    bool is_restored = false;          // The scope is gone, and this is what was left of it,
    std::int64_t last = INT64_MAX;     // up to this position: what is behind it is the next scope's.
    bool outlives = false;             // State and timers stay for the scope's next opening.
    std::uint64_t wanted = 0;          // What the next that is to be read needs in the mailbox, where that is known.
    bool has_new_state = false;        // That is not on its way to the disk.
    bool has_failed = false;           // A change could not be written: nothing leaves any more.
    bool has_ended = false;            // Its last event is in the mailbox, or handled.
    std::optional<Event> disconnect;   // Comes when everything before it has been handled.
    std::unique_ptr<Job> change;       // What the turn that ends just now has come to.
    std::vector<std::string> setting;  // Timers that changes on their way to the disk set.

    // More may go into the mailbox.
    bool is_filling() const { return arriving != 0 || is_behind || is_reading; }
    bool is_busy() const { return is_filling() || leaving != 0; }
};

}  // namespace millrace
