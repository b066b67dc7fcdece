#pragma once

#include <boost/container/small_vector.hpp>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "gateway/core/router_json.hpp"
#include "millrace/abi.h"

// What is known when a route is asked whether it matches.
namespace millrace {

// How sure an answer is, where not all is known.
enum class Truth : std::uint8_t { no, maybe, yes };

// One match key of an adapter, or one header, and its value.
struct Attribute {
    std::string_view key;
    std::string_view value;
};

// The kinds of events that are routed, as routes name them: MESSAGE, RECEIPT and GAP.
inline constexpr std::string_view kRoutedKinds[] = {"MESSAGE", "RECEIPT", "GAP"};

// One message as routes see it. Views of what the caller keeps; captures may point into all of it.
struct MessageView {
    std::uint32_t kind = MILLRACE_MESSAGE;
    std::optional<std::string_view> text;  // Absent where the payload is no text.
    std::span<const Attribute> headers;
    std::string_view payload;  // What `json.PATH` reads, be it text or not.

    // What the first route that asks for it has found in the payload. An object that is used for the next message has
    // to forget this; its memory is kept.
    void forget_json() { json_state = JsonState::unread; }

    enum class JsonState : std::uint8_t { unread, none, read };
    JsonState json_state = JsonState::unread;
    JsonFields json;
};

// What a predicate asks about.
struct FactKey {
    enum class Source : std::uint8_t { adapter, attribute, kind, text, header, json };

    // Of a key as it stands in `match`: `kind`, `header.subject`, `path`. Paths of JSON get their number in `paths`.
    static FactKey of(const std::string& key, JsonPaths& paths);

    Source source = Source::attribute;
    std::string name;        // Of the attribute or the header.
    std::uint32_t path = 0;  // JSON only.
};

// What is known about the value of a key.
struct Finding {
    enum class State : std::uint8_t {
        unknown,  // Not yet: maybe.
        no_json,  // There is nothing to ask: false, whatever is asked.
        absent,
        present,
    };

    State state = State::absent;
    boost::container::small_vector<std::string_view, 2> values;  // A header may have several; a JSON list has none.
};

// All that is known about one message, or about all messages of a scope.
struct Facts {
    std::string_view adapter;
    std::span<const Attribute> attributes;
    std::span<const std::string_view> unknown;  // Attributes that are not known yet.
    bool knows_attributes = true;               // False: none is.
    MessageView* message = nullptr;             // Null: nothing is known of it yet,
    std::uint32_t kind = 0;                     // but its kind, unless that is 0.
    const JsonPaths* paths = nullptr;

    Finding find(const FactKey& key) const;
};

}  // namespace millrace
