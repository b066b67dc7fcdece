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

json::object to_request(const DlqOptions& options) {
    json::object request{{"do", "dlq"}, {"command", options.command}};
    const auto add = [&](const char* key, const std::string& value) {
        if (!value.empty()) request[key] = value;
    };
    if (!options.ids.empty()) request["ids"] = json::value_from(options.ids);
    add("route", options.route);
    add("reason", options.reason);
    add("consumer", options.consumer);
    if (options.code) request["code"] = *options.code;
    add("since", options.since);
    if (options.is_all) request["all"] = true;
    add("to", options.to);
    add("rate", options.rate);
    if (options.limit != 0) request["limit"] = options.limit;
    if (options.is_dry_run) request["dry_run"] = true;
    return request;
}

std::string get(const json::object& from, std::string_view key) {
    return escape(std::string_view(from.at(key).as_string()));
}

std::uint64_t count(const json::object& from, std::string_view key) { return from.at(key).to_number<std::uint64_t>(); }

// What is shown before the first line of a table, and after its last.
class Table {
  public:
    explicit Table(std::string head) : head_(std::move(head)) {}

    template <class... Values> void row(fmt::format_string<Values...> form, Values&&... values) {
        if (rows_++ == 0) fmt::print("{}\n", head_);
        fmt::print("{}\n", fmt::format(form, std::forward<Values>(values)...));
    }
    bool empty() const { return rows_ == 0; }

  private:
    const std::string head_;
    std::uint64_t rows_ = 0;
};

int list(const std::string& config_file, const DlqOptions& options) {
    Table table(fmt::format("{:>8} {:24} {:14} {:>5} {:16} {:16} {:20} {:>8} {:>8} {}", "ID", "DIED", "REASON", "CODE",
                            "CONSUMER", "ROUTE", "SCOPE", "ATTEMPTS", "BYTES", "WHY"));
    const int exit_code = ask_spool(
        config_file, to_request(options), shown_as(options.as_json, [&](const json::object& letter) {
            table.row("{:>8} {:24} {:14} {:>5} {:16} {:16} {:20} {:>8} {:>8} {}", count(letter, "id"),
                      get(letter, "died_at"), get(letter, "reason"), count(letter, "code"), get(letter, "consumer"),
                      get(letter, "route"), get(letter, "scope"), count(letter, "attempts"), count(letter, "bytes"),
                      quote(std::string_view(letter.at("text").as_string()), 80));
        }));
    if (exit_code == kDone && !options.as_json && table.empty()) fmt::print("no dead letters\n");
    return exit_code;
}

int stats(const std::string& config_file, const DlqOptions& options) {
    Table table(
        fmt::format("{:16} {:14} {:16} {:>9} {:>12} {}", "ROUTE", "REASON", "CONSUMER", "LETTERS", "BYTES", "OLDEST"));
    std::uint64_t letters = 0, bytes = 0;
    const int exit_code = ask_spool(
        config_file, to_request(options), shown_as(options.as_json, [&](const json::object& each) {
            table.row("{:16} {:14} {:16} {:>9} {:>12} {}", get(each, "route"), get(each, "reason"),
                      get(each, "consumer"), count(each, "letters"), count(each, "bytes"), get(each, "oldest_at"));
            letters += count(each, "letters");
            bytes += count(each, "bytes");
        }));
    if (exit_code == kDone && !options.as_json) fmt::print("{} dead letters, {} bytes\n", letters, bytes);
    return exit_code;
}

void print_history(const json::array& history) {
    for (const json::value& each : history) {
        const json::object& attempt = each.as_object();
        fmt::print("attempt    {} at {}: code {} {}\n", count(attempt, "attempt"), get(attempt, "at"),
                   count(attempt, "code"), quote(std::string_view(attempt.at("text").as_string())));
    }
}

void print_letter(json::object whole) {
    const json::object about = whole.at("dead_letter").as_object();
    fmt::print("id         {}\ndied       {}\nreason     {}, code {}\nwhy        {}\n", count(about, "id"),
               get(about, "died_at"), get(about, "reason"), count(about, "code"),
               quote(std::string_view(about.at("text").as_string()), SIZE_MAX));
    fmt::print("consumer   {}\nscope      {}\nroute      {}\nattempts   {}\nbytes      {}\n", get(about, "consumer"),
               get(about, "scope"), get(about, "route"), count(about, "attempts"), count(about, "bytes"));
    if (about.contains("history")) {
        fmt::print("plugin     {}, SHA-256 {}\nsource id  {}\n", get(about, "version"), get(about, "hash"),
                   quote(std::string_view(about.at("external_id").as_string()), SIZE_MAX));
        print_history(about.at("history").as_array());
    }
    if (const json::value* why = about.if_contains("unreadable")) {
        fmt::print("message    unreadable: {}\n", escape(std::string_view(why->as_string())));
        return;
    }
    whole.erase("consumer");
    whole.erase("dead_letter");
    fmt::print("message    {}\n", escape_json(json::serialize(whole)));
}

std::string to_summary(const json::object& sum) {
    if (sum.contains("dropped")) return fmt::format("dropped {} of {}", count(sum, "dropped"), count(sum, "of"));
    const bool is_dry_run = sum.contains("would_requeue");
    std::string text = fmt::format("{} {} of {}", is_dry_run ? "would requeue" : "requeued",
                                   count(sum, is_dry_run ? "would_requeue" : "requeued"), count(sum, "of"));
    if (const json::value* to = sum.if_contains("to")) {
        for (const auto& [consumer, letters] : to->as_object()) {
            text += fmt::format("\n  {} to {}", letters.to_number<std::uint64_t>(), escape(consumer));
        }
    }
    if (const auto homeless = count(sum, "homeless")) {
        text +=
            fmt::format("\n  {} stay: the configuration does not have their consumer; --to names another", homeless);
    }
    if (sum.contains("unreadable") && count(sum, "unreadable") != 0) {
        text += fmt::format("\n  {} were damaged or gone", count(sum, "unreadable"));
    }
    return text;
}

// Each line says how far it has come; the last one, whatever ends it, is what was done.
int move(const std::string& config_file, const DlqOptions& options) {
    std::string summary;
    const int exit_code =
        ask_spool(config_file, to_request(options),
                  shown_as(options.as_json, [&](const json::object& sum) { summary = to_summary(sum); }));
    if (!summary.empty()) fmt::print("{}\n", summary);
    return exit_code;
}

}  // namespace

int dlq(const std::string& config_file, const DlqOptions& options) {
    if (options.command == "list") return list(config_file, options);
    if (options.command == "stats") return stats(config_file, options);
    if (options.command == "requeue" || options.command == "drop") return move(config_file, options);
    const bool as_json = options.as_json || options.command == "export";
    return ask_spool(config_file, to_request(options),
                     shown_as(as_json, [](const json::object& letter) { print_letter(letter); }));
}

}  // namespace millrace::cli
