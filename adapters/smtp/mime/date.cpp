#include "adapters/smtp/mime/date.hpp"

#include <array>
#include <charconv>
#include <chrono>

#include "adapters/smtp/mime/ascii.hpp"
#include "adapters/smtp/mime/field_cursor.hpp"

namespace millrace::smtp::mime {
namespace {

constexpr std::array<std::string_view, 12> kMonths = {"jan", "feb", "mar", "apr", "may", "jun",
                                                      "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> kDays = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

struct Zone {
    std::string_view name;
    int hours;
};
constexpr std::array kZones = {Zone{"ut", 0},   Zone{"gmt", 0},  Zone{"z", 0},    Zone{"utc", 0},
                               Zone{"est", -5}, Zone{"edt", -4}, Zone{"cst", -6}, Zone{"cdt", -5},
                               Zone{"mst", -7}, Zone{"mdt", -6}, Zone{"pst", -8}, Zone{"pdt", -7}};

template <std::size_t N> int find_prefix(const std::array<std::string_view, N>& names, std::string_view word) {
    for (std::size_t i = 0; i < N; ++i) {
        if (begins_with(word, names[i])) return static_cast<int>(i);
    }
    return -1;
}

class DateReader {
  public:
    explicit DateReader(std::string_view text) : cursor_(text) {}

    std::optional<Date> read() {
        cursor_.skip_blanks();
        int weekday = -1;
        if (!is_digit(cursor_.peek())) {
            weekday = find_prefix(kDays, word());
            if (weekday < 0) return std::nullopt;
            take(',');
        }
        const int day = number(2);
        skip_dashes();
        const int month = find_prefix(kMonths, word());
        skip_dashes();
        const int year = read_year();
        if (day < 1 || month < 0 || year < 1900) return std::nullopt;
        const int hour = number(2);
        const int minute = take(':') ? number(2) : -1;
        const int second = take(':') ? number(2) : 0;
        if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) return std::nullopt;
        const int zone_min = read_zone();

        using std::chrono::day, std::chrono::month, std::chrono::year;
        const std::chrono::year_month_day date(std::chrono::year(year),
                                               std::chrono::month(static_cast<unsigned>(month) + 1),
                                               std::chrono::day(static_cast<unsigned>(day)));
        if (!date.ok()) return std::nullopt;
        const std::chrono::sys_days days(date);
        if (weekday >= 0 && std::chrono::weekday(days).c_encoding() != static_cast<unsigned>(weekday)) fault();
        cursor_.skip_blanks();
        if (!cursor_.is_done()) fault();
        const std::int64_t minutes = days.time_since_epoch().count() * 1440LL + hour * 60 + minute - zone_min;
        return Date{minutes * 60 + second, zone_min, is_sound_};
    }

  private:
    void fault() { is_sound_ = false; }

    std::string_view word() {
        const std::size_t begin = cursor_.at();
        while (to_lower(cursor_.peek()) >= 'a' && to_lower(cursor_.peek()) <= 'z') cursor_.skip();
        const std::string_view word = cursor_.since(begin);
        cursor_.skip_blanks();
        return word;
    }

    // -1: there is none, or one with more digits.
    int number(std::size_t digits_max, std::size_t* digits = nullptr) {
        const std::size_t begin = cursor_.at();
        while (is_digit(cursor_.peek())) cursor_.skip();
        const std::string_view text = cursor_.since(begin);
        cursor_.skip_blanks();
        if (digits != nullptr) *digits = text.size();
        int value = -1;
        if (text.size() <= digits_max) std::from_chars(text.data(), text.data() + text.size(), value);
        return value;
    }

    bool take(char c) {
        const bool is_there = cursor_.peek() == c;
        if (is_there) cursor_.skip();
        cursor_.skip_blanks();
        return is_there;
    }

    void skip_dashes() {
        if (take('-')) fault();
    }

    int read_year() {
        std::size_t digits = 0;
        const int year = number(4, &digits);
        if (year < 0 || digits == 4) return year;
        if (digits == 3) return year + 1900;
        return year + (year < 50 ? 2000 : 1900);
    }

    int read_zone() {
        const char sign = cursor_.peek();
        if (sign == '+' || sign == '-') {
            cursor_.skip();
            std::size_t digits = 0;
            const int zone = number(4, &digits);
            if (digits != 4 || zone / 100 > 23 || zone % 100 > 59) return fault(), 0;
            const int minutes = zone / 100 * 60 + zone % 100;
            return sign == '-' ? -minutes : minutes;
        }
        const std::string_view name = word();
        for (const Zone& zone : kZones) {
            if (equals(zone.name, name)) return zone.hours * 60;
        }
        return fault(), 0;
    }

    FieldCursor cursor_;
    bool is_sound_ = true;
};

}  // namespace

std::optional<Date> parse_date(std::string_view raw) { return DateReader(raw).read(); }

}  // namespace millrace::smtp::mime
