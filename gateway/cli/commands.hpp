#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// The commands of the program, one file each. Each returns the exit code of the process.
// Thread: main.
namespace millrace::cli {

// As in sysexits.h, for the supervisor that starts the gateway: a wrong configuration is not worth another try.
enum ExitCode : int {
    kDone = 0,
    kRefused = 1,       // plugins inspect: the gateway would not load this file. spool verify: something is wrong.
    kUsage = 64,        // The command line is wrong, or what it names is not there.
    kBadEvent = 65,     // explain: the file has no event.
    kUnavailable = 69,  // The gateway cannot start, or there is none to ask.
    kStuck = 70,        // run: a handler never returned, and the gateway ended without it.
    kBadConfig = 78,
};

// Runs the gateway until SIGTERM or SIGINT; then it drains. A second signal ends the process at once.
int run(const std::string& config_file);

// Reports every mistake of the configuration. Writes nothing, opens no port.
int check(const std::string& config_file);

// Has the gateway that runs with this configuration read it again, and says what came of it.
int reload(const std::string& config_file);

// Asks the gateway that runs with this configuration how it is.
int status(const std::string& config_file, bool as_json);

// Says what becomes of the event in a file (`-`: standard input), and why: by this configuration, or by that of the
// gateway that runs with it.
int explain(const std::string& config_file, const std::string& event_file, bool asks_running);

// What `tail` shows; what is empty lets all through.
struct TailOptions {
    std::string adapter;
    std::string route;
    std::string consumer;
    std::string scope;
    std::vector<std::string> kinds;
    std::uint64_t count = 0;  // 0: without an end.
    bool as_json = false;
};

// Prints the events of the gateway that runs with this configuration as they come, until either of them ends.
int tail(const std::string& config_file, const TailOptions& options);

// What `dlq` does, with which dead letters; what is empty lets all through.
struct DlqOptions {
    std::string command;  // list, show, stats, requeue, drop, export
    std::vector<std::int64_t> ids;
    std::string route;
    std::string reason;
    std::string consumer;
    std::optional<std::uint32_t> code;
    std::string since;
    bool is_all = false;  // drop
    std::string to;       // requeue, likewise the rest.
    std::string rate;
    std::uint64_t limit = 0;  // 0: without one.
    bool is_dry_run = false;
    bool as_json = false;
};

// On the dead letters of the gateway that runs with this configuration, or, where none runs, of its state_dir.
int dlq(const std::string& config_file, const DlqOptions& options);

// Likewise on its spool. `command`: ls, stats, verify
int spool(const std::string& config_file, const std::string& command, bool as_json);

// Shows what every plugin says of itself that a gateway with this configuration finds (empty: without one), without
// running any of their code.
int list_plugins(const std::string& config_file, bool as_json);

// Shows what a plugin file says of itself and what it exports, without running any of its code.
int inspect_plugin(const std::string& plugin_file);

}  // namespace millrace::cli
