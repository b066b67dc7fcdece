#include "adapters/chat/telegram/api.hpp"

#include "adapters/chat/telegram/upload.hpp"
#include "adapters/common/secret_mask.hpp"
#include "adapters/common/utf8.hpp"

namespace millrace::chat::telegram {
namespace {

constexpr std::size_t kAnswerBytesMax = 8 * 1024 * 1024;  // The server ends an answer of updates at about 4.
constexpr std::size_t kDescriptionBytesMax = 300;

// All of it, and the part behind the account's number.
std::vector<std::string> secrets_of(const std::string& token) {
    const std::size_t colon = token.find(':');
    return {token, colon == token.npos ? "" : token.substr(colon + 1)};
}

std::string for_people(const Api& api, std::string text) {
    if (text.size() > kDescriptionBytesMax) text.resize(kDescriptionBytesMax);
    return as_name(SecretMask(secrets_of(api.token)).hide(std::move(text)));
}

}  // namespace

HttpRequest to_request(const Api& api, const Call& call, std::chrono::milliseconds timeout) {
    HttpRequest request{"POST",
                        api.base_url + "/bot" + api.token + "/" + call.method,
                        {{"content-type", "application/json"}},
                        call.parameters};
    if (!call.bytes.empty()) {
        Form form = upload_form(call.parameters, "document", call.file_name, call.bytes);
        request.headers.front().value = std::move(form.content_type);
        request.body = std::move(form.body);
    }
    request.secrets = secrets_of(api.token);
    request.is_idempotent = call.is_repeatable;
    request.timeout = timeout;
    request.connect_timeout = std::min(request.connect_timeout, timeout);
    request.answer_bytes_max = kAnswerBytesMax;
    return request;
}

Reply reply_of(const Api& api, const HttpAnswer& http) {
    Reply reply;
    if (http.reach != HttpAnswer::Reach::answered) {
        const bool is_unknown = http.reach == HttpAnswer::Reach::unknown;
        reply.reach = is_unknown ? Reply::Reach::unknown : Reply::Reach::not_sent;
        reply.text = for_people(api, http.text);
        return reply;
    }
    std::optional<ApiAnswer> answer = decode_answer(http.body);
    const bool is_of_api = answer && (answer->is_ok || answer->error_code != 0);
    reply.reach = Reply::Reach::answered;
    if (is_of_api) reply.answer = std::move(*answer);
    if (is_of_api && reply.answer.is_ok) return reply;
    const int status = is_of_api ? reply.answer.error_code : http.status;
    reply.text = "the server has answered " + std::to_string(status);
    if (!is_of_api) {
        reply.answer.error_code = status;
        if (http.retry_after) reply.answer.retry_after_s = http.retry_after->count();
        reply.text += ", and not as the Bot API does";
    } else if (!reply.answer.description.empty()) {
        reply.text += ": " + for_people(api, reply.answer.description);
    }
    if (status / 100 == 5 || status / 100 == 2) reply.reach = Reply::Reach::unknown;
    return reply;
}

}  // namespace millrace::chat::telegram
