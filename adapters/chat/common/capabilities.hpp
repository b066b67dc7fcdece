#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "adapters/chat/common/splitting.hpp"
#include "millrace/v1/chat.pb.h"

// What a network can do, as the adapter publishes it, for people (gauges, which `status` shows) and for consumers, and
// as degradation.hpp reads it.
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

    bool operator==(const Capabilities&) const = default;
};

// As one line of JSON: {"edit":"own","delete":"any","react":true,...}.
std::string to_json(const Capabilities& capabilities);

// As numbers for AdapterHost::gauge, called with each name and value: `can_edit` and `can_delete` are 0 for nothing, 1
// for the account's own, 2 for anybody's; `can_send_files` 0, 1 by their URL, 2; `text_unit` 0 without a limit, 1
// bytes, 2 characters, 3 units of UTF-16; the rest is 0 or 1, but for `text_max`.
void publish(const Capabilities& capabilities, const std::function<void(std::string_view, double)>& gauge);

// As consumers get it.
void set(v1::Chat::Capabilities& message, const Capabilities& capabilities);

}  // namespace millrace::chat
