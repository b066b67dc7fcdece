#include "adapters/sms/outbound.hpp"

#include <boost/json.hpp>

#include "adapters/common/base64.hpp"
namespace millrace::sms {
namespace {

Fate fate_of(int status, const Answer& answer) {
    if (status / 100 == 2) return answer.message_ids.empty() ? Fate::unknown : Fate::sent;
    if (status == 429) return Fate::retry;
    return status == 408 || status / 100 == 5 ? Fate::unknown : Fate::rejected;
}

Answer unanswered(const HttpAnswer& http) {
    switch (http.reach) {
        case HttpAnswer::Reach::malformed:
            return {.fate = Fate::rejected, .text = http.text};
        case HttpAnswer::Reach::not_sent:
            return {.fate = Fate::retry, .text = "the provider could not be reached: " + http.text};
        default:
            return {.fate = Fate::unknown, .text = "the provider has not answered: " + http.text};
    }
}

}  // namespace

Answer answer_of(Details details, const HttpAnswer& http) {
    if (http.reach != HttpAnswer::Reach::answered) return unanswered(http);
    Answer answer;
    const std::optional<Fate> said = details(static_cast<unsigned>(http.status), http.body, answer);
    answer.fate = said ? *said : fate_of(http.status, answer);
    if (http.retry_after) answer.retry_after_ms = std::chrono::milliseconds(*http.retry_after).count();
    if (answer.text.empty() && answer.fate != Fate::sent)
        answer.text = "the provider has answered " + std::to_string(http.status);
    return answer;
}

std::string url_of(const Account& account, std::string_view base_url, std::string_view path) {
    return std::string(account.base_url.empty() ? base_url : account.base_url).append(path);
}

HttpRequest json_request(std::string url, std::string authorization, const boost::json::object& body) {
    return {"POST",
            std::move(url),
            {{"authorization", std::move(authorization)}, {"content-type", "application/json"}},
            boost::json::serialize(body)};
}

std::string basic_authorization(const Account& account) {
    return "Basic " + base64_encoded(account.id + ":" + account.secret);
}

}  // namespace millrace::sms
