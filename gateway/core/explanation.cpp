#include "gateway/core/explanation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <vector>

#include "gateway/base/quote.hpp"
#include "gateway/core/message_json.hpp"

namespace millrace {
namespace {

using v1::ChannelMessage;

constexpr std::size_t kWantedWidthMax = 48;

const char* to_word(Truth truth) { return truth == Truth::yes ? "true" : truth == Truth::no ? "false" : "unknown"; }

std::string to_line(const PredicateReport& report, std::size_t width) {
    const std::string asked = report.wanted.empty() ? report.key : report.key + ": " + report.wanted;
    std::string line = fmt::format("    {:{}}{:{}}  {:7}", "", 2 * report.depth, asked,
                                   width - std::min<std::size_t>(2 * report.depth, width), to_word(report.truth));
    if (!report.wanted.empty()) {
        const char* none = report.truth == Truth::maybe ? "its value is not known yet" : "there is no value to compare";
        line += "  " + (report.value.empty() ? none : "it is " + quote(report.value));
    }
    line.erase(line.find_last_not_of(' ') + 1);
    return line + "\n";
}

// One event, as routes see it.
class Explanation {
  public:
    Explanation(const Config& config, const Router& router, std::uint32_t adapter, const ChannelMessage& event)
        : config_(config), router_(router), adapter_(adapter), is_opening_(event.kind() == ChannelMessage::CONNECT) {
        for (const MatchKey& key : config.adapters[adapter].match_keys) {
            if (!key.is_constant) changing_.push_back(key.key);
            const auto found = event.attributes().find(key.key);
            if (found != event.attributes().end()) attributes_.push_back({key.key, found->second});
        }
        for (const auto& header : event.websocket().headers()) headers_.push_back({header.name(), header.value()});
        message_.kind = static_cast<std::uint32_t>(event.kind());
        if (event.payload_case() == ChannelMessage::kText) message_.text = event.text();
        message_.payload = event.payload_case() == ChannelMessage::kData ? event.data() : event.text();
        message_.headers = headers_;
    }

    std::string write() { return write_routes() + "\n" + (is_opening_ ? write_opening() : write_end(match())); }

  private:
    Routing match() { return router_.match(adapter_, attributes_, message_); }

    std::string write_routes() {
        const auto unknown = is_opening_ ? std::span<const std::string_view>(changing_) : std::span<std::string_view>();
        const auto reports = router_.explain(adapter_, attributes_, unknown, is_opening_ ? nullptr : &message_);
        std::string text;
        auto report = reports.begin();
        for (std::uint32_t i = 0; i < config_.routes.size(); ++i) {
            if (report == reports.end() || report->route != i) {
                text += fmt::format("route {}: is for other adapters\n", config_.routes[i].name);
                continue;
            }
            text += write_route(*report++);
        }
        return text;
    }

    std::string write_route(const RouteReport& report) const {
        const char* reached = report.is_reached ? "" : ", but it is not reached: a route before it takes the event";
        std::string text =
            fmt::format("route {}: {}{}\n", config_.routes[report.route].name, to_word(report.truth), reached);
        std::size_t width = 0;
        for (const PredicateReport& each : report.predicates) {
            width = std::max(width, 2 * each.depth + each.key.size() + 2 + each.wanted.size());
        }
        width = std::min(width, kWantedWidthMax);
        for (const PredicateReport& each : report.predicates) text += to_line(each, width);
        return text;
    }

    std::string write_opening() const {
        const Opening opening = router_.at_open(adapter_, attributes_);
        if (!opening.may_deliver) return "its scope is not opened: whatever comes in it would reach no consumer\n";
        std::string text;
        if (!opening.sure.matches.empty()) text += write_end(opening.sure);
        if (opening.is_per_message) text += "each message of its scope is matched by itself\n";
        return text;
    }

    std::string write_end(const Routing& routing) const {
        if (routing.outcome == Routing::Outcome::unmatched) return "goes to nobody: no route takes it\n";
        std::string text;
        for (const Match& match : routing.matches) {
            const RouteConfig& route = config_.routes[match.route];
            if (route.drop)
                text += fmt::format("{} by route {}\n", text.empty() ? "is dropped" : "goes no further", route.name);
            for (const Target& target : router_.targets(match.route)) {
                const std::string channel = target.channel ? ":" + target.channel->make(match.captures) : "";
                text += fmt::format("goes to {}{} by route {}\n", config_.consumers[target.consumer].name, channel,
                                    route.name);
            }
        }
        return text;
    }

    const Config& config_;
    const Router& router_;
    const std::uint32_t adapter_;
    const bool is_opening_;
    std::vector<std::string_view> changing_;  // Attributes that a scope does not have as it opens.
    std::vector<Attribute> attributes_;
    std::vector<Attribute> headers_;
    MessageView message_;
};

// Why no route is asked for it; empty where routes are.
std::string why_not_routed(const Config& config, const ChannelMessage& event) {
    const auto named = [&](const auto& list) {
        return std::ranges::any_of(list, [&](const auto& each) { return each.name == event.adapter(); });
    };
    if (!named(config.adapters) && named(config.consumers)) {
        return "no route is asked: a channel gets what is sent to it";
    }
    if (event.kind() == ChannelMessage::DISCONNECT) return "no route is asked: every consumer of its scope gets it";
    if (event.kind() == ChannelMessage::TIMER) return "no route is asked: the consumer that has set the timer gets it";
    return {};
}

}  // namespace

Result<std::string> explain(const Config& config, const Router& router, std::string_view event) {
    boost::json::error_code error;
    boost::json::value json = boost::json::parse(event, error);
    if (error) return Error{"the event is not one JSON value: " + error.message()};
    if (boost::json::object* object = json.if_object()) {
        object->erase("consumer");
        object->erase("dead_letter");
    }
    const auto read = message_from_json(boost::json::serialize(json));
    if (!read) return read.error();
    const ChannelMessage& message = read.value();
    if (message.kind() == ChannelMessage::KIND_UNSPECIFIED) return Error{"the event has no 'kind'"};
    const std::string head = fmt::format("{} of {}:{}\n", ChannelMessage::Kind_Name(message.kind()),
                                         escape(message.adapter()), escape(message.scope()));
    if (const std::string why = why_not_routed(config, message); !why.empty()) return head + why + "\n";
    const auto found = std::ranges::find(config.adapters, message.adapter(), &AdapterConfig::name);
    if (found == config.adapters.end()) {
        return Error{
            fmt::format("the event's adapter is '{}': the configuration has no such adapter", message.adapter())};
    }
    const auto index = static_cast<std::uint32_t>(found - config.adapters.begin());
    return head + Explanation(config, router, index, message).write();
}

}  // namespace millrace
