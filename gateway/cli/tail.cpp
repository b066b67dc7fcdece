#include <fmt/format.h>

#include <boost/json.hpp>
#include <cstdio>
#include <map>
#include <string>
#include <string_view>

#include "gateway/base/quote.hpp"
#include "gateway/cli/commands.hpp"
#include "gateway/cli/loading.hpp"
#include "gateway/cli/running.hpp"
#include "gateway/core/moment.hpp"

namespace millrace::cli {
namespace {

namespace json = boost::json;

json::object to_request(const TailOptions& options) {
    json::object request{{"do", "tail"}};
    if (!options.adapter.empty()) request["adapter"] = options.adapter;
    if (!options.route.empty()) request["route"] = options.route;
    if (!options.consumer.empty()) request["consumer"] = options.consumer;
    if (!options.scope.empty()) request["scope"] = options.scope;
    if (!options.kinds.empty()) request["kinds"] = json::value_from(options.kinds);
    return request;
}

// A text or a number of the event; empty where it has none.
std::string_view get(const json::object& event, std::string_view key) {
    const json::value* value = event.if_contains(key);
    return value && value->is_string() ? std::string_view(value->get_string()) : std::string_view();
}

std::string to_time(std::string_view received_at_us) {
    return write_moment(received_at_us.empty() ? 0 : std::stoll(std::string(received_at_us)));
}

// What there is to say of it, by its kind.
std::string to_content(const json::object& event) {
    if (event.contains("text")) return quote(get(event, "text"));
    if (event.contains("data")) return "data " + quote(get(event, "data"));
    for (const char* body : {"receipt", "gap"}) {
        if (const json::value* value = event.if_contains(body)) return json::serialize(*value);
    }
    if (event.contains("reason")) return std::string(get(event, "reason"));
    std::map<std::string_view, std::string_view> sorted;
    if (const json::value* attributes = get(event, "kind") == "CONNECT" ? event.if_contains("attributes") : nullptr) {
        for (const auto& [key, value] : attributes->as_object()) sorted.emplace(key, value.as_string());
    }
    std::string content;
    for (const auto& [key, value] : sorted) {
        content += fmt::format("{}{}={}", content.empty() ? "" : " ", escape(key), quote(value));
    }
    return content;
}

std::string to_text_line(const json::object& event) {
    const std::string route = event.contains("route") ? fmt::format("{} -> ", get(event, "route")) : "";
    const std::string content = to_content(event);
    return fmt::format("{} {:10} {}:{} {}{}{}{}\n", to_time(get(event, "received_at_us")), get(event, "kind"),
                       escape(get(event, "adapter")), escape(get(event, "scope")), route, get(event, "consumer"),
                       content.empty() ? "" : " ", content);
}

int fail(std::string_view text, int exit_code) {
    fmt::print(stderr, "millrace: {}\n", text);
    return exit_code;
}

// Prints what comes, until there is no more or it is enough.
int show(Running& running, const TailOptions& options) {
    for (std::uint64_t shown = 0; options.count == 0 || shown < options.count;) {
        const Result<std::string> line = running.next();
        if (!line) return fail(line.error().text, kUnavailable);
        const json::object event = json::parse(line.value()).as_object();
        if (const json::value* end = event.if_contains("end")) return fail(end->as_string(), kUnavailable);
        if (const json::value* skipped = event.if_contains("skipped")) {
            fmt::print(stderr, "millrace: {} events were too many to show\n", skipped->to_number<std::uint64_t>());
            continue;
        }
        fmt::print("{}", options.as_json ? line.value() + "\n" : to_text_line(event));
        std::fflush(stdout);
        ++shown;
    }
    return kDone;
}

}  // namespace

int tail(const std::string& config_file, const TailOptions& options) {
    const ConfigResult result = load(config_file).result;
    print(stderr, result.errors, config_file);
    if (!result.errors.empty()) return kBadConfig;
    Result<Running> running = Running::ask(result.config.state_dir, to_request(options));
    if (!running) return fail(running.error().text, kUnavailable);
    const Result<std::string> greeting = running->next();
    if (!greeting) return fail(greeting.error().text, kUsage);
    fmt::print(stderr, "millrace: tail of {}; Ctrl-C ends it\n",
               std::string_view(json::parse(greeting.value()).at("tail").as_string()));
    return show(*running, options);
}

}  // namespace millrace::cli
