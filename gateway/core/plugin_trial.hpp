#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "gateway/base/result.hpp"

// One trial: a child process that loads plugin files, so that what would kill the gateway or hold it up for ever
// happens there. The child is this program again, with an internal command.
namespace millrace {

// The command, after which the files follow; try_plugins() in plugin_host.hpp is all of it.
inline constexpr const char* kTrialCommand = "try-plugins";

// In the child: the descriptor that takes one byte for each file that it begins, and one at the end.
inline constexpr int kTrialReport = 3;

struct Trial {
    enum class End { done, exited, killed, timed_out };

    End end = End::done;
    int code = 0;           // The exit code, or the signal.
    std::size_t begun = 0;  // Files that it began to load: unless it is done, the last of them is the one.
    std::string said;       // What it wrote to standard output and error; of more than 32 KiB, the end.
};

// Runs `program` on `files`, in their order, and waits until it has ended: 5 s at most, then it is killed. An error
// says why there was no trial. Thread: [control].
Result<Trial> run_trial(const std::string& program, std::span<const std::string> files);

}  // namespace millrace
