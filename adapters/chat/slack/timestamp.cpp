#include "adapters/chat/slack/timestamp.hpp"

#include <charconv>

namespace millrace::chat::slack {

std::uint64_t microseconds_of(std::string_view ts) {
    const std::size_t point = ts.find('.');
    const std::string_view whole = ts.substr(0, point);
    const std::string_view rest = point == ts.npos ? std::string_view() : ts.substr(point + 1);
    std::uint64_t seconds = 0;
    std::uint64_t micros = 0;
    const auto is_number = [](std::string_view digits, std::uint64_t& number) {
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
        return error == std::errc() && end == digits.data() + digits.size();
    };
    if (whole.size() > 11 || !is_number(whole, seconds)) return 0;
    if (!rest.empty() && (rest.size() != 6 || !is_number(rest, micros))) return 0;
    return seconds * 1'000'000 + micros;
}

std::string timestamp_of(std::uint64_t microseconds) {
    std::string rest = std::to_string(microseconds % 1'000'000);
    rest.insert(0, 6 - rest.size(), '0');
    return std::to_string(microseconds / 1'000'000) + "." + rest;
}

}  // namespace millrace::chat::slack
