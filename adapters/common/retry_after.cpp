#include "adapters/common/retry_after.hpp"

#include <algorithm>
#include <array>

namespace millrace {
namespace {

constexpr std::int64_t kLongest_s = 366 * 86'400;
constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> kDays = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                                   "Friday", "Saturday", "Sunday"};

// Takes a text apart from its front; the first thing that is not there fails it for good.
class Scanner {
  public:
    explicit Scanner(std::string_view text) : rest_(text) {}

    bool has_failed() const { return has_failed_; }
    bool is_whole() const { return !has_failed_ && rest_.empty(); }

    void word(std::string_view expected) {
        if (!rest_.starts_with(expected)) has_failed_ = true;
        if (!has_failed_) rest_.remove_prefix(expected.size());
    }

    int number(std::size_t digits) {
        if (has_failed_ || rest_.size() < digits) return has_failed_ = true, 0;
        int value = 0;
        for (const char c : rest_.substr(0, digits)) {
            if (c < '0' || c > '9') return has_failed_ = true, 0;
            value = value * 10 + (c - '0');
        }
        rest_.remove_prefix(digits);
        return value;
    }

    // 1 for January.
    int month() {
        const auto* const found = std::find(kMonths.begin(), kMonths.end(), rest_.substr(0, 3));
        if (found == kMonths.end()) return has_failed_ = true, 0;
        rest_.remove_prefix(3);
        return static_cast<int>(found - kMonths.begin()) + 1;
    }

    // asctime fills the first column with a blank.
    int day_of_two_columns() { return rest_.starts_with(' ') ? (word(" "), number(1)) : number(2); }

  private:
    std::string_view rest_;
    bool has_failed_ = false;
};

struct Time {
    int hour = 0;
    int minute = 0;
    int second = 0;
};

Time take_time(Scanner& from) {
    Time time;
    time.hour = from.number(2);
    from.word(":");
    time.minute = from.number(2);
    from.word(":");
    time.second = from.number(2);
    return time;
}

std::optional<std::int64_t> to_seconds(const Scanner& read, int year, int month, int day, const Time& time) {
    if (!read.is_whole() || time.hour > 23 || time.minute > 59 || time.second > 60) return std::nullopt;
    const std::chrono::year_month_day date(std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                           std::chrono::day(static_cast<unsigned>(day)));
    if (!date.ok()) return std::nullopt;
    const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
    return days * 86'400 + time.hour * 3600 + time.minute * 60 + time.second;
}

// 06 Nov 1994 08:49:37 GMT
std::optional<std::int64_t> parse_fixdate(Scanner from) {
    const int day = from.number(2);
    from.word(" ");
    const int month = from.month();
    from.word(" ");
    const int year = from.number(4);
    from.word(" ");
    const Time time = take_time(from);
    from.word(" GMT");
    return to_seconds(from, year, month, day, time);
}

int year_of(std::int64_t now_s) {
    const std::chrono::sys_days today(std::chrono::days(now_s / 86'400));
    return static_cast<int>(std::chrono::year_month_day(today).year());
}

// 06-Nov-94 08:49:37 GMT
std::optional<std::int64_t> parse_rfc850(Scanner from, std::int64_t now_s) {
    const int day = from.number(2);
    from.word("-");
    const int month = from.month();
    from.word("-");
    const int this_year = year_of(now_s);
    int year = this_year / 100 * 100 + from.number(2);
    from.word(" ");
    const Time time = take_time(from);
    from.word(" GMT");
    if (year > this_year + 50) year -= 100;
    return to_seconds(from, year, month, day, time);
}

// Nov  6 08:49:37 1994
std::optional<std::int64_t> parse_asctime(Scanner from) {
    const int month = from.month();
    from.word(" ");
    const int day = from.day_of_two_columns();
    from.word(" ");
    const Time time = take_time(from);
    from.word(" ");
    const int year = from.number(4);
    return to_seconds(from, year, month, day, time);
}

}  // namespace

std::optional<std::int64_t> parse_http_date(std::string_view text, std::int64_t now_s) {
    for (const std::string_view day : kDays) {
        if (!text.starts_with(day.substr(0, 3))) continue;
        const bool is_long = text.starts_with(day) && text.substr(day.size()).starts_with(", ");
        const std::string_view behind = text.substr(is_long ? day.size() : 3);
        if (is_long) return parse_rfc850(Scanner(behind.substr(2)), now_s);
        if (behind.starts_with(", ")) return parse_fixdate(Scanner(behind.substr(2)));
        if (behind.starts_with(" ")) return parse_asctime(Scanner(behind.substr(1)));
    }
    return std::nullopt;
}

std::optional<std::chrono::seconds> parse_retry_after(std::string_view text, std::int64_t now_s) {
    std::int64_t wait_s = 0;
    if (!text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos) {
        for (const char c : text) wait_s = std::min(wait_s * 10 + (c - '0'), kLongest_s);
    } else {
        const std::optional<std::int64_t> due_s = parse_http_date(text, now_s);
        if (!due_s) return std::nullopt;
        wait_s = std::clamp<std::int64_t>(*due_s - now_s, 0, kLongest_s);
    }
    return std::chrono::seconds(wait_s);
}

}  // namespace millrace
