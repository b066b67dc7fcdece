#pragma once

#include <string_view>
#include <vector>

#include "adapters/chat/irc/formatting.hpp"

// What stands in a text as text: IRC has no markup for it.
namespace millrace::chat::irc {

// Adds links (`http://`, `https://`, up to white space, `<`, `>` or `"`, without punctuation behind), and where `nick`
// stands as a word of its own, in any case. Up to kSpansMax in all; `spans` stay in the order of `begin`.
void add_entities(std::string_view text, std::string_view nick, std::vector<Span>& spans);

}  // namespace millrace::chat::irc
