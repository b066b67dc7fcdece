#include "adapters/sms/timestamp.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstddef>

namespace millrace::sms {
namespace {

constexpr std::int64_t kSecond_us = 1'000'000;

// Takes from the front of a text, and remembers whether anything was wrong.
class Reader {
  public:
    explicit Reader(std::string_view text) : rest_(text) {}

    // Exactly so many digits.
    int number(std::size_t digits) {
        int value = 0;
        const char* const end = rest_.data() + std::min(digits, rest_.size());
        const auto [stop, error] = std::from_chars(rest_.data(), end, value);
        is_right_ &= rest_.size() >= digits && error == std::errc() && stop == end && rest_.front() != '-';
        rest_.remove_prefix(std::min(digits, rest_.size()));
        return value;
    }

    bool take(std::string_view any_of) {
        if (rest_.empty() || any_of.find(rest_.front()) == any_of.npos) return false;
        rest_.remove_prefix(1);
        return true;
    }

    void need(std::string_view text) {
        is_right_ &= rest_.starts_with(text);
        rest_.remove_prefix(std::min(text.size(), rest_.size()));
    }

    // Of the second, in microseconds; more digits than that are passed over.
    int fraction_us() {
        int value = 0;
        int digits = 0;
        for (; !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9'; rest_.remove_prefix(1), ++digits) {
            if (digits < 6) value = value * 10 + rest_.front() - '0';
        }
        is_right_ &= digits > 0;
        for (; digits < 6; ++digits) value *= 10;
        return value;
    }

    std::string_view word(std::size_t size) {
        const std::string_view word = rest_.substr(0, size);
        rest_.remove_prefix(word.size());
        return word;
    }

    bool is_done() const { return is_right_ && rest_.empty(); }
    bool is_empty() const { return rest_.empty(); }

  private:
    std::string_view rest_;
    bool is_right_ = true;
};

struct Moment {
    int year, month, day, hour, minute, second;
};

std::optional<std::int64_t> seconds_of(const Moment& it) {
    const std::chrono::year_month_day date(std::chrono::year(it.year),
                                           std::chrono::month(static_cast<unsigned>(it.month)),
                                           std::chrono::day(static_cast<unsigned>(it.day)));
    if (!date.ok() || it.year < 1970 || it.hour > 23 || it.minute > 59 || it.second > 60) return std::nullopt;
    const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
    return ((days * 24 + it.hour) * 60 + it.minute) * 60 + it.second;
}

std::optional<std::int64_t> number_of(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc() || end != text.data() + text.size() || text.front() == '-')
        return std::nullopt;
    return value;
}

}  // namespace

std::optional<std::int64_t> microseconds_of(std::string_view text) {
    Reader reader(text);
    Moment it{};
    it.year = reader.number(4), reader.need("-"), it.month = reader.number(2), reader.need("-");
    it.day = reader.number(2);
    if (!reader.take("Tt ")) return std::nullopt;
    it.hour = reader.number(2), reader.need(":"), it.minute = reader.number(2), reader.need(":");
    it.second = reader.number(2);
    const int fraction = reader.take(".") ? reader.fraction_us() : 0;
    std::int64_t offset_s = 0;
    if (!reader.take("Zz") && !reader.is_empty()) {
        const bool is_west = reader.take("-");
        if (!is_west) reader.need("+");
        const int hours = reader.number(2);
        reader.take(":");
        const int minutes = reader.number(2);
        if (hours > 23 || minutes > 59) return std::nullopt;
        offset_s = (is_west ? -1 : 1) * (hours * 3600 + minutes * 60);
    }
    const std::optional<std::int64_t> seconds = seconds_of(it);
    if (!seconds || !reader.is_done() || *seconds < offset_s) return std::nullopt;
    return (*seconds - offset_s) * kSecond_us + fraction;
}

std::optional<std::int64_t> microseconds_of_number(std::string_view text) {
    const std::optional<std::int64_t> value = number_of(text);
    if (!value || text.size() > 17) return std::nullopt;
    if (text.size() >= 16) return value;
    return *value * (text.size() >= 12 ? 1000 : kSecond_us);
}

}  // namespace millrace::sms
