#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "adapters/chat/common/splitting.hpp"

// What a network can do, as the adapter publishes it and degradation.hpp reads it.
namespace millrace::chat {

// Of messages: nothing; the account's own; anybody's.
enum class Reach { none, own, any };

// How files leave.
enum class Files {
    none,
    link,  // Their URL stands in the text.
    upload,
};

struct Capabilities {
    Reach edit = Reach::none;
    Reach erase = Reach::none;
    bool reacts = false;
    bool replies = false;
    bool threads = false;
    bool sets_topic = false;
    bool shows_names = false;  // What is said can be shown under another name.
    bool formats = false;      // Spans are kept.
    Files files = Files::none;
    std::size_t text_max = 0;  // Of one message. 0: there is no limit.
    TextUnit text_unit = TextUnit::bytes;
    bool has_message_ids = false;
    bool fills_gaps = false;  // What was said meanwhile can be had after a break.
    bool confirms = false;    // What is sent is known to have arrived, or not.
};

// As one line of JSON: {"edit":"own","delete":"any","react":true,...}.
std::string to_json(const Capabilities& capabilities);

}  // namespace millrace::chat
