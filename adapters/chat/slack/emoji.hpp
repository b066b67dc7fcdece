#pragma once

#include <string_view>

// Reactions: Slack has names for them, others have characters. Of those that people use most; a name that is not here
// stays one, and so does a character.
namespace millrace::chat::slack {

// `thumbsup` -> the character; also of `thumbsup::skin-tone-2`, without the tone.
std::string_view emoji_of(std::string_view name);

// The character, with or without U+FE0F behind it, or a name, also as `:thumbsup:` -> `thumbsup`.
std::string_view name_of_emoji(std::string_view emoji);

}  // namespace millrace::chat::slack
