#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/common/fate.hpp"
#include "adapters/common/http_answer.hpp"
#include "adapters/common/http_request.hpp"

// Sending, as data: the request that asks a provider to send a message, and what its answer means. Who has a socket
// writes the one and reads the other.
namespace millrace::sms {

// Who the gateway is to the provider.
struct Account {
    std::string id;           // The account, or the API key's name; Bandwidth: `account:user`.
    std::string secret;       // The token, password or API secret.
    std::string application;  // Telnyx: messaging profile; Bandwidth: application. Empty: none.
    std::string base_url;     // Without a `/` at its end. Empty: the provider's own; `generic` has none.
    std::string report_url;   // Where delivery reports go. Empty: as the account says.
};

struct Outbound {
    std::string from;
    std::string to;
    std::string text;  // UTF-8.
    std::vector<std::string> media_urls;
    std::string reference;  // Of this message alone. Comes back with reports, where the provider can do that.
    std::int64_t now_s;     // Since 1970-01-01 UTC; of requests that are signed.
};

struct Answer {
    Fate fate = Fate::unknown;
    std::vector<std::string> message_ids{};
    std::string code{};               // The provider's error; empty where there is none.
    std::string text{};               // For people. Valid UTF-8.
    std::int64_t retry_after_ms = 0;  // 0: the provider has not said.
    std::uint32_t segments = 0;       // 0: the provider has not said.
    bool is_opted_out = false;        // The recipient does not want messages of this sender.
};

// What a provider's code makes of it: the request; and of the body of an answer the ids, the code, the text and the
// segments. It gives a fate where that does not follow from the status.
using Build = HttpRequest (*)(const Account& account, const Outbound& message);
using Details = std::optional<Fate> (*)(unsigned status, std::string_view body, Answer& answer);

// What has not reached the provider is `retry`, what got no whole answer `unknown`. Of an answer, what `details` says
// comes first; else 2xx with an id is `sent`, without one `unknown`; 429 is `retry`; 408 and 5xx are `unknown`, since
// the request may have been acted on; all else is `rejected`.
Answer answer_of(Details details, const HttpAnswer& http);

// What requests of several providers are made of. The path begins with `/`.
std::string url_of(const Account& account, std::string_view base_url, std::string_view path);
HttpRequest json_request(std::string url, std::string authorization, const boost::json::object& body);
std::string basic_authorization(const Account& account);

}  // namespace millrace::sms
