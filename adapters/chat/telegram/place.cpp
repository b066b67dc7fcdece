#include "adapters/chat/telegram/place.hpp"

#include <algorithm>
#include <charconv>

namespace millrace::chat::telegram {
namespace {

constexpr std::size_t kNameMax = 32;

// In its one form, so that a chat has one name.
std::optional<std::int64_t> number_of(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool is_number = error == std::errc() && end == text.data() + text.size() && number != 0;
    return is_number && std::to_string(number) == text ? std::optional(number) : std::nullopt;
}

bool is_name(std::string_view text) {
    const auto is_of_name = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    };
    return !text.empty() && text.size() <= kNameMax && std::ranges::all_of(text, is_of_name);
}

}  // namespace

std::optional<Place> Place::parse(std::string_view text) {
    const std::size_t slash = text.find('/');
    const std::string_view chat = text.substr(0, slash);
    Place place{std::string(chat)};
    const bool is_chat = chat.starts_with('@') ? is_name(chat.substr(1)) : number_of(chat).has_value();
    if (!is_chat) return std::nullopt;
    if (slash == text.npos) return place;
    const std::optional<std::int64_t> topic = number_of(text.substr(slash + 1));
    if (!topic || *topic < 0) return std::nullopt;
    place.topic = *topic;
    return place;
}

}  // namespace millrace::chat::telegram
