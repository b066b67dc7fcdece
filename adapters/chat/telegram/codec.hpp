#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adapters/common/json.hpp"

// The Bot API's JSON: what the server sends taken apart, and what is asked of it put together. Whatever is not as it
// should be is absent, never a surprise. No I/O, no clock; not thread-safe.
namespace millrace::chat::telegram {

// What the server says to a method that was called.
struct ApiAnswer {
    bool is_ok = false;
    boost::json::value result{};  // Of what is ok; else null.

    int error_code = 0;                                // HTTP's numbers.
    std::string description{};                         // For people, by the server's word. Valid UTF-8.
    std::optional<std::int64_t> retry_after_s{};       // 429: it wants to be asked no sooner.
    std::optional<std::int64_t> migrate_to_chat_id{};  // The group goes on under this id.
};

// Absent: it is none of the Bot API's, such as what a proxy says in its place.
std::optional<ApiAnswer> decode_answer(std::string_view body);

// Something that has happened, as the server hands it out.
struct Update {
    enum class Kind {
        message,
        edited_message,
        channel_post,
        edited_channel_post,
        message_reaction,
        callback_query,
        my_chat_member,
        chat_member,
        other,  // It is not spoken of here.
    };

    std::int64_t id = 0;  // Grows with each update.
    Kind kind = Kind::other;
    JsonView content{};  // What the update is about; absent with `other`.
};

// Absent: it has no id, so nobody can say that it has been seen.
std::optional<Update> read_update(JsonView update);

// A webhook's body. Absent: it is no JSON, or no update. The view borrows from `owner`.
std::optional<Update> decode_update(std::string_view body, boost::json::value& owner);

// A method to be called, with its parameters.
struct Call {
    std::string method{};
    std::string parameters{};    // JSON, an object.
    bool is_repeatable = false;  // Twice does the same as once.
    std::string file_name{};     // Of the bytes that go along as `document`,
    std::string bytes{};         // if there are any.
    std::string instead{};       // Of sendMessage, where the server does not want this. Empty: nothing is.
};

Call make_call(std::string method, const boost::json::object& parameters, bool is_repeatable = false);

}  // namespace millrace::chat::telegram
