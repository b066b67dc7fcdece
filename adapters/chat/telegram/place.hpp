#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::chat::telegram {

// Where something is said: a chat, or a topic of a forum, `-1001234/56`. Direct chats have the person's id, groups and
// channels one below 0. As an address a public channel may be called by its name, `@channel`.
struct Place {
    std::string chat{};      // As the server takes it.
    std::int64_t topic = 0;  // 0: none.

    // Absent: the text is neither of these.
    static std::optional<Place> parse(std::string_view text);

    // What parse() takes.
    std::string id() const { return topic == 0 ? chat : chat + "/" + std::to_string(topic); }

    // Several people hear it.
    bool is_room() const { return chat.starts_with('-') || chat.starts_with('@'); }
};

}  // namespace millrace::chat::telegram
