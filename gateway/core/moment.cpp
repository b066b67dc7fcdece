#include "gateway/core/moment.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <optional>

#include "gateway/base/quote.hpp"
#include "gateway/core/quantity.hpp"

namespace millrace {
namespace {

constexpr std::string_view kForm = "0000-00-00T00:00:00";
constexpr std::int64_t kSecond = 1'000'000;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool has_form(std::string_view text) {
    return std::ranges::equal(text, kForm, [](char c, char form) { return form == '0' ? is_digit(c) : c == form; });
}

int number(std::string_view text, std::size_t at, std::size_t size) {
    int value = 0;
    for (const char digit : text.substr(at, size)) value = 10 * value + (digit - '0');
    return value;
}

std::optional<std::int64_t> read_seconds(std::string_view text) {
    using namespace std::chrono;
    if (!has_form(text)) return std::nullopt;
    const year_month_day date{year(number(text, 0, 4)), month(static_cast<unsigned>(number(text, 5, 2))),
                              day(static_cast<unsigned>(number(text, 8, 2)))};
    const int hour = number(text, 11, 2), minute = number(text, 14, 2), second = number(text, 17, 2);
    if (!date.ok() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
    return sys_days(date).time_since_epoch().count() * std::int64_t{86'400} + hour * 3600 + minute * 60 + second;
}

// Of a second, with its point; empty is none.
std::optional<std::int64_t> read_fraction(std::string_view text) {
    if (text.empty()) return 0;
    const std::string_view digits = text.substr(1);
    const bool has_digits = !digits.empty() && digits.size() <= 6 && std::ranges::all_of(digits, is_digit);
    if (text.front() != '.' || !has_digits) return std::nullopt;
    std::int64_t fraction_us = number(digits, 0, digits.size());
    for (std::size_t i = digits.size(); i < 6; ++i) fraction_us *= 10;
    return fraction_us;
}

std::optional<std::int64_t> read_date(std::string_view text) {
    if (text.size() <= kForm.size() || text.back() != 'Z') return std::nullopt;
    text.remove_suffix(1);
    const auto seconds = read_seconds(text.substr(0, kForm.size()));
    const auto fraction_us = read_fraction(text.substr(kForm.size()));
    if (!seconds || !fraction_us) return std::nullopt;
    return std::max<std::int64_t>(*seconds * kSecond + *fraction_us, 0);
}

}  // namespace

Result<std::int64_t> read_moment(std::string_view text, std::int64_t now_us) {
    if (const auto date_us = read_date(text)) return *date_us;
    const auto ago_ms = read_quantity(text, kDurationUnits);
    if (!ago_ms) {
        return Error{
            fmt::format("{} is no time: write 2026-11-29T12:00:00Z, or how long ago it is: 30m, 2h, 7d", quote(text))};
    }
    const auto now_ms = static_cast<std::uint64_t>(now_us / 1000);
    return *ago_ms > now_ms ? 0 : now_us - static_cast<std::int64_t>(*ago_ms) * 1000;
}

std::string write_moment(std::int64_t at_us) {
    const bool is_before = at_us % kSecond < 0;
    const std::int64_t fraction_us = at_us % kSecond + (is_before ? kSecond : 0);
    const std::time_t seconds = at_us / kSecond - (is_before ? 1 : 0);
    return fmt::format("{:%FT%T}.{:03}Z", fmt::gmtime(seconds), fraction_us / 1000);
}

}  // namespace millrace
