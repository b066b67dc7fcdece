#include "adapters/chat/irc/server_time.hpp"

#include <algorithm>
#include <cstddef>

namespace millrace::chat::irc {
namespace {

constexpr std::int64_t kDayUs = 86'400'000'000;

bool take_number(std::string_view text, std::size_t at, std::size_t digits, std::int64_t min, std::int64_t max,
                 std::int64_t& number) {
    if (at + digits > text.size()) return false;
    number = 0;
    for (std::size_t i = at; i < at + digits; ++i) {
        if (text[i] < '0' || text[i] > '9') return false;
        number = number * 10 + (text[i] - '0');
    }
    return number >= min && number <= max;
}

// Days since 1970-01-01 of a day of the Gregorian calendar: years begin in March, so that the leap day is the last one.
std::int64_t days_of(std::int64_t year, std::int64_t month, std::int64_t day) {
    year -= month <= 2;
    const std::int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    const std::int64_t era = year / 400;
    const std::int64_t year_of_era = year - era * 400;
    return era * 146'097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year - 719'468;
}

bool is_leap(std::int64_t year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

std::int64_t days_in(std::int64_t year, std::int64_t month) {
    if (month == 2) return is_leap(year) ? 29 : 28;
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

}  // namespace

std::int64_t parse_server_time(std::string_view text) {
    std::int64_t year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
    if (text.size() < 20 || text.back() != 'Z' || text[4] != '-' || text[7] != '-' || text[10] != 'T' ||
        text[13] != ':' || text[16] != ':')
        return 0;
    if (!take_number(text, 0, 4, 1970, 9999, year) || !take_number(text, 5, 2, 1, 12, month) ||
        !take_number(text, 8, 2, 1, days_in(year, month), day) || !take_number(text, 11, 2, 0, 23, hour) ||
        !take_number(text, 14, 2, 0, 59, minute) || !take_number(text, 17, 2, 0, 60, second))
        return 0;
    std::int64_t fraction = 0;
    std::int64_t scale = 100'000;
    if (text.size() > 20) {
        if (text[19] != '.' || text.size() == 21) return 0;
        for (std::size_t i = 20; i + 1 < text.size(); ++i, scale /= 10) {
            if (text[i] < '0' || text[i] > '9') return 0;
            fraction += (text[i] - '0') * scale;
        }
    } else if (text[19] != 'Z') {
        return 0;
    }
    return days_of(year, month, day) * kDayUs + ((hour * 60 + minute) * 60 + second) * 1'000'000 + fraction;
}

std::string to_server_time(std::int64_t time_us) {
    const std::int64_t days = std::max<std::int64_t>(time_us, 0) / kDayUs;
    const std::int64_t ms = std::max<std::int64_t>(time_us, 0) % kDayUs / 1000;
    std::int64_t year = 1970 + days / 366;
    while (days_of(year + 1, 1, 1) <= days) ++year;
    std::int64_t month = 1;
    while (month < 12 && days_of(year, month + 1, 1) <= days) ++month;
    std::string text;
    const auto add = [&text](std::int64_t number, std::size_t digits, char behind) {
        const std::string shown = std::to_string(number);
        text.append(digits - std::min(digits, shown.size()), '0');
        (text += shown) += behind;
    };
    add(year, 4, '-');
    add(month, 2, '-');
    add(days - days_of(year, month, 1) + 1, 2, 'T');
    add(ms / 3'600'000, 2, ':');
    add(ms / 60'000 % 60, 2, ':');
    add(ms / 1000 % 60, 2, '.');
    add(ms % 1000, 3, 'Z');
    return text;
}

}  // namespace millrace::chat::irc
