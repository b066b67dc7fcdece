#pragma once

#include <boost/json/value.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/common/fate.hpp"
#include "adapters/common/form.hpp"
#include "adapters/common/http_answer.hpp"
#include "adapters/common/http_request.hpp"

// Slack's Web API as data: what asks for something, and what an answer means. Who has a socket writes the one and reads
// the other.
namespace millrace::chat::slack {

enum class Method : std::uint8_t {
    auth_test,
    connections_open,
    post_message,
    me_message,
    update,
    erase,
    add_reaction,
    remove_reaction,
    set_topic,
    get_upload_url,
    complete_upload,
    user_info,
    conversation_info,
    history,
    replies,
    upload,    // Bytes, to the URL that get_upload_url has given.
    response,  // To the URL that came with a command or an interaction.
};

inline constexpr std::size_t kMethods = 17;

struct MethodInfo {
    std::string_view name;         // `chat.postMessage`; empty: it has a URL of its own.
    std::uint32_t per_minute;      // At least so many Slack takes of a workspace. 0: it has a limit of its own.
    bool is_idempotent;            // Twice does what once does.
    std::string_view done_before;  // Errors, between spaces, that say that it is as it was to be: ` no_reaction `.
};

const MethodInfo& info_of(Method method);

struct Call {
    Method method = Method::auth_test;
    FormFields fields{};
    std::string url{};   // Of `upload` and `response`.
    std::string body{};  // Likewise.
};

struct ApiAnswer {
    Fate fate = Fate::unknown;
    std::string error{};         // Slack's word, `channel_not_found`. Empty: there is none.
    std::string text{};          // For people; without secrets.
    boost::json::value body{};   // Of an answer in JSON.
    std::string scopes{};        // What the token is for, between commas. Empty: Slack does not tell.
    std::int64_t wait_ms = 0;    // As long as Slack asks one to wait. 0: it does not.
    bool is_limited = false;     // It came too fast.
    bool is_of_account = false;  // It is the token or the app that Slack does not want: no call does better.
    bool is_final = false;       // And none will, until somebody changes something. Else it may pass.
};

// `token` is hidden wherever the request is shown.
HttpRequest to_request(const Call& call, std::string_view api_url, std::string_view token);

// HTTP 429 and errors that say that nothing was done are `retry`; `internal_error`, `fatal_error`, 5xx and no answer
// `unknown`, which of what is idempotent is `retry`; all else `rejected`.
ApiAnswer answer_of(Method method, const HttpAnswer& http);

// What no token can be had back from, such as `invalid_auth`.
bool is_of_account(std::string_view error);

}  // namespace millrace::chat::slack
