#include <fmt/format.h>

#include <boost/json.hpp>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

#include "gateway/base/quote.hpp"
#include "gateway/cli/commands.hpp"
#include "gateway/cli/spool_session.hpp"

namespace millrace::cli {
namespace {

namespace json = boost::json;

std::string get(const json::object& from, std::string_view key, const char* otherwise) {
    const json::value* value = from.if_contains(key);
    return value ? escape(std::string_view(value->as_string())) : otherwise;
}

std::uint64_t count(const json::object& from, std::string_view key) { return from.at(key).to_number<std::uint64_t>(); }

void print_lane(const json::object& lane, bool is_first) {
    constexpr const char* kRow = "{:>8} {:16} {:24} {:>8} {:>8} {:>7} {}\n";
    if (is_first) fmt::print(kRow, "LANE", "CONSUMER", "SCOPE", "WAITING", "ATTEMPT", "TIMERS", "NOT BEFORE");
    const std::string waiting = fmt::format("{}{}", count(lane, "waiting"), lane.at("has_more").as_bool() ? "+" : "");
    const std::string attempt = lane.contains("attempt") ? std::to_string(count(lane, "attempt")) : "-";
    fmt::print(kRow, count(lane, "lane"), get(lane, "consumer", ""), get(lane, "scope", ""), waiting, attempt,
               count(lane, "timers"), get(lane, "due_at", "-"));
}

void print_stats(const json::object& stats) {
    if (stats.contains("damage")) {
        fmt::print("  {} {}\n", get(stats, "at", ""), get(stats, "damage", ""));
        return;
    }
    fmt::print("{} messages, {} bytes\n", count(stats, "messages"), count(stats, "bytes"));
    fmt::print("{} deliveries wait, the oldest of a message of {}\n", count(stats, "deliveries"),
               get(stats, "oldest_at", "-"));
    fmt::print("{} dead letters, {} bytes\n", count(stats, "letters"), count(stats, "letter_bytes"));
    fmt::print("{} commands wait for their adapters\n", count(stats, "commands"));
    fmt::print("{} ids of messages are remembered for resends\n", count(stats, "external_ids"));
    fmt::print("{} commits\n", count(stats, "commits"));
    fmt::print("{} damaged rows were put aside\n", count(stats, "damaged"));
}

void print_verification(const json::object& line) {
    if (line.contains("finding")) {
        fmt::print("{}\n", get(line, "finding", ""));
        return;
    }
    fmt::print("whole: {} messages, {} deliveries, {} dead letters, {} commands; wrong: {}\n", count(line, "messages"),
               count(line, "deliveries"), count(line, "letters"), count(line, "commands"), count(line, "wrong"));
    if (!line.at("at_rest").as_bool()) {
        fmt::print("a gateway uses the spool: its totals and SQLite's own structures were not looked at\n");
    }
}

}  // namespace

int spool(const std::string& config_file, const std::string& command, bool as_json) {
    std::uint64_t lines = 0, wrong = 0;
    const auto show = [&](const std::string& line) {
        const json::object object = json::parse(line).as_object();
        if (object.contains("wrong")) wrong = count(object, "wrong");
        if (as_json) {
            fmt::print("{}\n", line);
        } else if (command == "ls") {
            print_lane(object, lines++ == 0);
        } else if (command == "stats") {
            print_stats(object);
        } else {
            print_verification(object);
        }
    };
    const int exit_code = ask_spool(config_file, {{"do", "spool"}, {"command", command}}, show);
    if (exit_code == kDone && command == "ls" && !as_json && lines == 0) fmt::print("nothing waits\n");
    return exit_code == kDone && wrong != 0 ? kRefused : exit_code;
}

}  // namespace millrace::cli
