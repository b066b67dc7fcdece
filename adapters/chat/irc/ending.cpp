#include "adapters/chat/irc/ending.hpp"

#include <algorithm>

#include "adapters/common/utf8.hpp"

namespace millrace::chat::irc {
namespace {

constexpr std::size_t kShownBytesMax = 300;

constexpr std::string_view kFinal[] = {"k-lined",
                                       "k:lined",
                                       "klined",
                                       "g-lined",
                                       "g:lined",
                                       "glined",
                                       "z-lined",
                                       "z:lined",
                                       "zlined",
                                       "d-lined",
                                       "d:lined",
                                       "akill",
                                       "banned",
                                       "bad password",
                                       "not authorized",
                                       "access denied",
                                       "password incorrect",
                                       "invalid password",
                                       "you need to identify"};

constexpr std::string_view kTooOften[] = {"throttl",  "too fast", "too many", "excess flood",
                                          "flooding", "clone",    "maximum",  "limit"};
constexpr std::int64_t kTooOftenMs = 60'000;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

std::string shown(std::string_view text) { return as_name(text.substr(0, kShownBytesMax)); }

Ending ending_of(std::string_view text) {
    std::string lowered(text);
    std::transform(lowered.begin(), lowered.end(), lowered.begin(), lower);
    const auto is_in_it = [&lowered](std::string_view word) { return lowered.find(word) != lowered.npos; };
    Ending ending;
    ending.is_final = std::ranges::any_of(kFinal, is_in_it);
    if (std::ranges::any_of(kTooOften, is_in_it)) ending.at_least_ms = kTooOftenMs;
    ending.why = text.empty() ? "the server has closed the connection" : shown(text);
    return ending;
}

}  // namespace millrace::chat::irc
