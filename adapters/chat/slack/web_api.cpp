#include "adapters/chat/slack/web_api.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <utility>

#include "adapters/common/json.hpp"
#include "adapters/common/utf8.hpp"

namespace millrace::chat::slack {
namespace {

// https://docs.slack.dev/apis/web-api/rate-limits: tiers 1 to 4 are 1, 20, 50 and 100 a minute.
constexpr std::array<MethodInfo, kMethods> kInfos{{
    {"auth.test", 100, true, ""},
    {"apps.connections.open", 0, true, ""},
    {"chat.postMessage", 0, false, ""},
    {"chat.meMessage", 50, false, ""},
    {"chat.update", 50, true, ""},
    {"chat.delete", 50, true, " message_not_found "},
    {"reactions.add", 50, true, " already_reacted "},
    {"reactions.remove", 20, true, " no_reaction "},
    {"conversations.setTopic", 20, true, ""},
    {"files.getUploadURLExternal", 100, true, ""},
    {"files.completeUploadExternal", 100, false, ""},
    {"users.info", 100, true, ""},
    {"conversations.info", 50, true, ""},
    {"conversations.history", 50, true, ""},
    {"conversations.replies", 50, true, ""},
    {"", 0, true, ""},
    {"", 0, false, ""},
}};

constexpr JsonLimits kLimits{.depth = 32, .elements = 65'536};
constexpr std::size_t kErrorBytesMax = 64;

// Nothing was done, and later it may be.
constexpr std::string_view kLater =
    " ratelimited rate_limited message_limit_exceeded service_unavailable request_timeout ";
// Some of it may have been done.
constexpr std::string_view kUnsure = " internal_error fatal_error ";
constexpr std::string_view kOfAccountForGood =
    " not_authed invalid_auth account_inactive user_removed_from_team team_disabled token_revoked token_expired ";
constexpr std::string_view kOfAccountForNow = " enterprise_is_restricted org_login_required ";
constexpr std::string_view kOfTokenForGood = " missing_scope not_allowed_token_type ";

bool is_one_of(std::string_view words, std::string_view word) {
    return !word.empty() && words.find(" " + std::string(word) + " ") != words.npos;
}

// Nothing that could take a log or a receipt amiss.
std::string error_of(const JsonView& body) {
    const std::string_view error = body["error"].text().substr(0, kErrorBytesMax);
    return as_name(error);
}

// Absent where it is neither.
std::optional<bool> flag_of(const JsonView& view) {
    const boost::json::value* const value = view.value();
    return value && value->is_bool() ? std::optional(value->get_bool()) : std::nullopt;
}

Fate fate_of_error(std::string_view error) {
    if (is_one_of(kLater, error)) return Fate::retry;
    return is_one_of(kUnsure, error) ? Fate::unknown : Fate::rejected;
}

// Slack says in the body what became of it; of bytes and of response URLs HTTP does.
void read_answer(Method method, const HttpAnswer& http, ApiAnswer& answer) {
    answer.fate = http.fate();
    if (http.retry_after) answer.wait_ms = std::chrono::milliseconds(*http.retry_after).count();
    answer.is_limited = http.status == 429;
    answer.scopes = http.header("x-oauth-scopes");
    std::optional<boost::json::value> body = parse_json(http.body, kLimits);
    if (body && body->is_object()) answer.body = std::move(*body);
    const JsonView view(answer.body);
    answer.error = error_of(view);
    if (http.status / 100 != 2) return;
    if (info_of(method).name.empty()) {
        if (flag_of(view["ok"]) == false) answer.fate = Fate::rejected;
        return;
    }
    const std::optional<bool> is_ok = flag_of(view["ok"]);
    answer.fate = !is_ok ? Fate::unknown : *is_ok ? Fate::sent : fate_of_error(answer.error);
    if (is_one_of(info_of(method).done_before, answer.error)) answer.fate = Fate::sent;
    answer.is_limited = is_one_of(" ratelimited rate_limited ", answer.error);
}

std::string text_of(Method method, const HttpAnswer& http, const ApiAnswer& answer) {
    if (http.reach != HttpAnswer::Reach::answered) return http.text;
    const std::string_view name = info_of(method).name.empty() ? "Slack" : info_of(method).name;
    if (!answer.error.empty()) return std::string(name) + ": " + answer.error;
    return std::string(name) + " has answered " + std::to_string(http.status);
}

}  // namespace

const MethodInfo& info_of(Method method) { return kInfos[static_cast<std::size_t>(method)]; }

HttpRequest to_request(const Call& call, std::string_view api_url, std::string_view token) {
    const MethodInfo& info = info_of(call.method);
    HttpRequest request;
    request.method = "POST";
    request.is_idempotent = info.is_idempotent;
    if (info.name.empty()) {
        request.url = call.url;
        request.body = call.body;
        const char* type = call.method == Method::upload ? "application/octet-stream" : "application/json";
        request.headers = {{"content-type", type}};
        request.secrets = {call.url};
        return request;
    }
    request.url = std::string(api_url) + "/" + std::string(info.name);
    request.headers = {{"authorization", "Bearer " + std::string(token)},
                       {"content-type", "application/x-www-form-urlencoded; charset=utf-8"}};
    for (const FormField& field : call.fields) append_field(request.body, field.name, field.value);
    request.secrets = {std::string(token)};
    return request;
}

ApiAnswer answer_of(Method method, const HttpAnswer& http) {
    ApiAnswer answer;
    if (http.reach == HttpAnswer::Reach::answered)
        read_answer(method, http, answer);
    else
        answer.fate = http.fate();
    if (answer.fate == Fate::unknown && info_of(method).is_idempotent) answer.fate = Fate::retry;
    if (answer.fate != Fate::sent) answer.text = text_of(method, http, answer);
    answer.is_of_account = is_of_account(answer.error);
    const bool is_for_good = is_one_of(kOfAccountForGood, answer.error) || is_one_of(kOfTokenForGood, answer.error);
    answer.is_final = answer.fate == Fate::rejected && is_for_good;
    return answer;
}

bool is_of_account(std::string_view error) {
    return is_one_of(kOfAccountForGood, error) || is_one_of(kOfAccountForNow, error);
}

}  // namespace millrace::chat::slack
