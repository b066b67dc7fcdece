#include "gateway/admin/letter_request.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "gateway/admin/letter_commands.hpp"
#include "gateway/base/quote.hpp"
#include "gateway/core/moment.hpp"
#include "gateway/core/quantity.hpp"

namespace millrace::admin {
namespace {

namespace json = boost::json;

constexpr Unit kRateUnits[] = {{"/s", 1}};
constexpr std::uint64_t kRateMax = 1'000'000;

std::optional<std::string> to_text(const json::value& value) {
    if (!value.is_string()) return std::nullopt;
    return std::string(value.get_string());
}

// A whole number from `least`.
std::optional<std::int64_t> to_number(const json::value& value, std::int64_t least) {
    json::error_code error;
    const auto number = value.to_number<std::int64_t>(error);
    if (error || value.is_double() || number < least) return std::nullopt;
    return number;
}

class Reader {
  public:
    Reader(const Config& config, std::int64_t now_us) : config_(config), now_us_(now_us) {}

    Result<void> read(const json::object& request) {
        for (const auto& [key, value] : request) {
            if (key == "do" || key == "command") continue;
            const std::string_view name = key;
            if (auto done = is_selecting(name) ? select(name, value) : set(name, value); !done) return done;
        }
        return {};
    }

    // What was read makes up the command.
    Result<std::unique_ptr<SpoolCommand>> make(std::string_view command) {
        const bool is_requeue = command == "requeue";
        if (!is_requeue && is_moving_) return Error{"to, rate, limit and dry_run are of requeue alone"};
        if (command == "list") return list_letters(std::move(selection_));
        if (command == "export") return export_letters(std::move(selection_));
        if (command == "stats") return count_letters(std::move(selection_));
        if (command == "show" && selection_.ids.size() == 1) return export_letters(std::move(selection_));
        if (command == "show") return Error{"show needs the id of one dead letter"};
        if (command == "drop" && !is_selected_ && !is_all_) {
            return Error{"drop has to be told which: ids, a filter, or --all"};
        }
        if (command == "drop") return drop_letters(std::move(selection_));
        if (!is_requeue) return Error{fmt::format("there is no command {} for dead letters", quote(command))};
        for (const ConsumerConfig& consumer : config_.consumers) requeue_.consumers.push_back(consumer.name);
        requeue_.selection = std::move(selection_);
        return is_dry_run_ ? rehearse_requeue(std::move(requeue_)) : requeue_letters(std::move(requeue_));
    }

  private:
    static bool is_selecting(std::string_view key) {
        return key == "ids" || key == "route" || key == "reason" || key == "consumer" || key == "code" ||
               key == "since";
    }

    Result<void> select(std::string_view key, const json::value& value) {
        if (is_selected_ && (key == "ids" || !selection_.ids.empty())) {
            return Error{"dead letters are named by their ids or by a filter, not by both"};
        }
        is_selected_ = true;
        if (key == "ids") return read_ids(value);
        if (key == "code") {
            const auto code = to_number(value, 0);
            if (!code || *code > std::numeric_limits<std::uint32_t>::max()) {
                return Error{"code is a whole number"};
            }
            selection_.filter.code = static_cast<std::uint32_t>(*code);
            return {};
        }
        auto text = to_text(value);
        if (!text) return Error{fmt::format("{} is a text", key)};
        if (key == "since") {
            const auto since_us = read_moment(*text, now_us_);
            if (!since_us) return Error{"since: " + since_us.error().text};
            selection_.filter.since_us = *since_us;
        } else {
            (key == "route"    ? selection_.filter.route
             : key == "reason" ? selection_.filter.reason
                               : selection_.filter.consumer) = std::move(*text);
        }
        return {};
    }

    Result<void> read_ids(const json::value& value) {
        const json::array* ids = value.if_array();
        if (!ids || ids->empty()) return Error{"ids is a list of numbers"};
        for (const json::value& each : *ids) {
            const auto id = to_number(each, 1);
            if (!id) return Error{fmt::format("{} is no id of a dead letter", json::serialize(each))};
            selection_.ids.push_back(*id);
        }
        std::ranges::sort(selection_.ids);
        selection_.ids.erase(std::unique(selection_.ids.begin(), selection_.ids.end()), selection_.ids.end());
        return {};
    }

    Result<void> set(std::string_view key, const json::value& value) {
        if (key == "all" || key == "dry_run") {
            if (!value.is_bool()) return Error{fmt::format("{} is true or false", key)};
            (key == "all" ? is_all_ : is_dry_run_) = value.get_bool();
            is_moving_ |= key == "dry_run";
            return {};
        }
        is_moving_ = true;
        if (key == "to") return read_to(value);
        if (key == "rate") return read_rate(value);
        if (key != "limit") return Error{fmt::format("there is no key {}", quote(key))};
        const auto limit = to_number(value, 1);
        if (!limit) return Error{"limit is a number of dead letters, 1 at least"};
        requeue_.limit = static_cast<std::uint64_t>(*limit);
        return {};
    }

    Result<void> read_to(const json::value& value) {
        auto name = to_text(value);
        if (!name) return Error{"to is the name of a consumer"};
        const bool is_known = std::ranges::any_of(
            config_.consumers, [&](const ConsumerConfig& consumer) { return consumer.name == *name; });
        if (!is_known) return Error{fmt::format("to: the configuration has no consumer {}", quote(*name))};
        requeue_.to = std::move(*name);
        return {};
    }

    Result<void> read_rate(const json::value& value) {
        const auto text = to_text(value);
        const auto rate = text ? read_quantity(*text, kRateUnits) : std::nullopt;
        if (!rate || *rate == 0 || *rate > kRateMax) {
            return Error{fmt::format("rate is how many a second, 1/s to {}/s", kRateMax)};
        }
        requeue_.rate = *rate;
        return {};
    }

    const Config& config_;
    const std::int64_t now_us_;
    LetterSelection selection_;
    Requeue requeue_;
    bool is_selected_ = false;
    bool is_moving_ = false;
    bool is_all_ = false;
    bool is_dry_run_ = false;
};

}  // namespace

Result<std::unique_ptr<SpoolCommand>> read_letter_request(const json::object& request, const Config& config,
                                                          std::int64_t now_us) {
    const json::value* command = request.if_contains("command");
    if (!command || !command->is_string()) return Error{"dlq needs a 'command'"};
    Reader reader(config, now_us);
    if (auto read = reader.read(request); !read) return read.error();
    return reader.make(std::string_view(command->get_string()));
}

}  // namespace millrace::admin
