#pragma once

#include <google/protobuf/repeated_field.h>

#include <boost/json/array.hpp>
#include <string_view>
#include <vector>

#include "adapters/common/json.hpp"
#include "millrace/v1/chat.pb.h"

// What Telegram marks in a text, and the spans of the normal form.
//
// | Telegram | span |
// |---|---|
// | bold, italic, underline, strikethrough, spoiler | the same |
// | code | CODE |
// | pre | CODE, `target` its language |
// | blockquote, expandable_blockquote | QUOTE |
// | text_link | LINK, `target` the URL |
// | url | LINK without a target |
// | email, phone_number | LINK, `target` mailto: or tel: of it |
// | text_mention | MENTION, `target` the person's id |
// | mention | MENTION, `target` the id where it is the account itself, else empty |
// | custom_emoji | EMOJI, `target` its id |
// | all else | none |
namespace millrace::chat::telegram {

using Spans = google::protobuf::RepeatedPtrField<v1::Chat::Span>;

inline constexpr int kSpansMax = 1'000;  // In one text.

// Who the gateway is on the network. Views are borrowed for the call.
struct Account {
    std::string_view id;
    std::string_view username;  // Without the `@`.
};

// `entities` is an array of theirs, or absent; `text` valid UTF-8. Those that do not fit the text are left out.
void read_entities(JsonView entities, std::string_view text, const Account& me, Spans& spans);

// And back, of the part of a text that begins at `begin` and has `size` bytes: what lies in it, or reaches into it.
// Spans that do not fit the text are left out.
boost::json::array write_entities(const Spans& spans, std::string_view text, std::size_t begin, std::size_t size);

}  // namespace millrace::chat::telegram
