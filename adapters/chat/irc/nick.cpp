#include "adapters/chat/irc/nick.hpp"

namespace millrace::chat::irc {
namespace {

constexpr std::size_t kShortest = 9;  // That every server takes (RFC 2812 §1.2.1).

}  // namespace

const std::string& Nick::begin() {
    tries_ = 0;
    return current_ = settings_.nick;
}

std::optional<std::string> Nick::next() {
    const std::uint32_t number = tries_++;
    if (number >= kTriesMax) return std::nullopt;
    if (number < settings_.alternatives.size()) return current_ = settings_.alternatives[number];
    const std::size_t made = number - settings_.alternatives.size();
    const std::string suffix = made == 0 ? "_" : "_" + std::to_string(made);
    return current_ = settings_.nick.substr(0, kShortest - suffix.size()) + suffix;
}

}  // namespace millrace::chat::irc
