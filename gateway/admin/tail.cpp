#include "gateway/admin/tail.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <utility>

#include "gateway/core/bytes.hpp"
#include "gateway/core/message_json.hpp"

namespace millrace::admin {
namespace {

namespace json = boost::json;

template <class Each> bool is_one_of(const std::vector<Each>& list, std::string_view name) {
    return std::ranges::any_of(list, [name](const Each& each) { return each.name == name; });
}

// `what` is the key that names it.
Result<void> check_name(const Config& config, std::string_view what, std::string_view name) {
    const bool is_known = what == "route"                                         ? is_one_of(config.routes, name)
                          : what == "adapter" && is_one_of(config.adapters, name) ? true
                                                                                  : is_one_of(config.consumers, name);
    if (is_known) return {};
    return Error{fmt::format("the gateway has no {} called '{}'", what, name)};
}

Result<std::vector<std::uint32_t>> read_kinds(const json::value& names) {
    std::vector<std::uint32_t> kinds;
    if (!names.is_array()) return Error{"kinds is a list of names"};
    for (const json::value& name : names.get_array()) {
        v1::ChannelMessage::Kind kind{};
        const bool is_kind = name.is_string() && v1::ChannelMessage::Kind_Parse(std::string(name.get_string()), &kind);
        if (!is_kind) return Error{"there is no kind " + json::serialize(name)};
        kinds.push_back(static_cast<std::uint32_t>(kind));
    }
    return kinds;
}

}  // namespace

Result<TapFilter> read_filter(const json::object& request, const Config& config) {
    TapFilter filter;
    for (const auto& [key, value] : request) {
        if (key == "do") continue;
        if (key == "kinds") {
            auto kinds = read_kinds(value);
            if (!kinds) return kinds.error();
            filter.kinds = std::move(kinds.value());
            continue;
        }
        std::string* const name = key == "adapter"    ? &filter.adapter
                                  : key == "route"    ? &filter.route
                                  : key == "consumer" ? &filter.consumer
                                                      : nullptr;
        if (!name && key != "scope") return Error{fmt::format("there is no filter '{}'", std::string_view(key))};
        if (!value.is_string()) return Error{fmt::format("{} is a text", std::string_view(key))};
        const std::string text(value.get_string());
        if (name) {
            if (auto known = check_name(config, key, text); !known) return known.error();
            *name = text;
            continue;
        }
        auto scope = Pattern::compile(text, KeyType::text);
        if (!scope) return Error{"scope: " + scope.error().text};
        filter.scope = std::move(scope.value());
    }
    return filter;
}

std::string to_lines(const Watch::Seen& seen) {
    std::string lines;
    std::uint64_t skipped = seen.skipped;
    for (const Sighting& sighting : seen.sightings) {
        millrace_event event{};
        event.payload = to_bytes(sighting.message);
        const Result<std::string> message = message_to_json(event);
        if (!message) {
            ++skipped;
            continue;
        }
        const std::string_view fields = std::string_view(message.value()).substr(1);
        lines += fmt::format("{{\"consumer\":{},{}\n", json::serialize(json::string(sighting.consumer)), fields);
    }
    if (skipped != 0) lines += fmt::format("{{\"skipped\":{}}}\n", skipped);
    return lines;
}

}  // namespace millrace::admin
