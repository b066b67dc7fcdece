#pragma once

#include <google/protobuf/repeated_ptr_field.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/chat/slack/names.hpp"
#include "millrace/v1/chat.pb.h"

// The markup of Slack's texts, `mrkdwn`, as plain text and spans, and back. All of it is UTF-8.
//
// | mrkdwn | plain | span |
// |---|---|---|
// | `&amp;` `&lt;` `&gt;` | `&` `<` `>` | |
// | `*a*` `_a_` `~a~` | `a` | BOLD, ITALIC, STRIKE |
// | `` `a` ``, three of these at both ends | `a` | CODE |
// | `>a` at the begin of a line | `a` | QUOTE |
// | `<https://h/?a&amp;b\|text>` | `text`, or without one the URL | LINK |
// | `<@U1>`, `<!here>`, `<!subteam^S1>` | `@ada`, `@here`, `@S1` | MENTION of `U1`, `here`, `S1` |
// | `<#C1\|ops>` | `#ops` | ROOM `C1` |
// | `:tada:` | as it is | EMOJI `tada` |
namespace millrace::chat::slack {

using Spans = google::protobuf::RepeatedPtrField<v1::Chat::Span>;

inline constexpr int kSpansMax = 1000;  // Of one text; what comes after them is plain.

// Appends to `text`. `names`: of who is mentioned without a name.
void read_mrkdwn(std::string_view mrkdwn, const Names& names, std::string& text, Spans& spans);

// The ids of persons who are mentioned, at most `max`.
std::vector<std::string> mentioned(std::string_view mrkdwn, std::size_t max);

// Without markup: what has a meaning in a text is escaped.
std::string escaped(std::string_view text);
std::string unescaped(std::string_view mrkdwn);

// Spans that do not lie within the text, on borders of characters and within one another, are left out; so are those
// within too many others.
std::string write_mrkdwn(std::string_view text, const Spans& spans);

// Those of `spans` that lie in the piece of the text from `begin` on, cut to it, with places that count from there.
Spans spans_of_piece(const Spans& spans, std::size_t begin, std::size_t size);

}  // namespace millrace::chat::slack
