#include <boost/json.hpp>

#include "adapters/common/base64.hpp"
#include "adapters/common/form.hpp"
#include "adapters/common/utf8.hpp"
#include "adapters/sms/address.hpp"
#include "adapters/sms/provider.hpp"
#include "adapters/sms/segments.hpp"
#include "adapters/sms/timestamp.hpp"

// Vonage's SMS API, Nexmo before.
namespace millrace::sms {
namespace {

constexpr std::string_view kBaseUrl = "https://rest.nexmo.com";

void set_time(Event& event, const Values& values) {
    event.body.set_provider_time_us(microseconds_of(values("message-timestamp")).value_or(0));
    event.body.set_account(values("api-key"));
}

Reading inbound(const Values& values, const std::string& id, std::vector<Event>& events) {
    const bool is_part = values("concat") == "true";
    Event event = inbound_event(id, is_part ? id + ":" + values("concat-part") : id);
    v1::Sms::Inbound& inbound = *event.body.mutable_inbound();
    *inbound.mutable_from() = address_of(values("msisdn"), Numbers::international);
    *inbound.add_to() = address_of(values("to"), Numbers::international);
    if (values("type") == "binary") {
        const std::optional<std::string> data = hex_decoded(values("data"));
        const std::optional<std::string> udh = hex_decoded(values("udh"));
        if (!data || !udh) return Reading::unreadable;
        event.data = *data;
        inbound.set_udh(*udh);
    } else {
        event.text = values("text");
    }
    if (is_part) {
        inbound.set_complete(false);
        inbound.set_segments(1);
        inbound.mutable_part()->set_reference(values("concat-ref"));
        inbound.mutable_part()->set_number(values.number("concat-part"));
        inbound.mutable_part()->set_total(values.number("concat-total"));
        const v1::Sms::Part& part = inbound.part();
        if (part.number() == 0 || part.number() > part.total() || part.total() > 255) return Reading::unreadable;
    }
    set_time(event, values);
    events.push_back(std::move(event));
    return Reading::taken;
}

// What its status says, where that is not 0.
Fate fate_of(std::string_view status) {
    if (status == "1") return Fate::retry;    // Throttled.
    if (status == "5") return Fate::unknown;  // An error of its own.
    return Fate::rejected;
}

}  // namespace

Reading read_vonage_sms(Payload& payload, std::vector<Event>& events) {
    const Values values(payload);
    const std::string id = values("messageId");
    if (id.empty() || !values.has("to") || !values.has("msisdn")) return Reading::unreadable;
    if (!values.has("status")) return inbound(values, id, events);
    Event event = delivery_event(id, values("status"), id + ":" + values("status"));
    v1::Sms::Delivery& delivery = *event.body.mutable_delivery();
    *delivery.mutable_to() = address_of(values("msisdn"), Numbers::international);
    delivery.mutable_to()->set_carrier(values("network-code"));
    *delivery.mutable_from() = address_of(values("to"), Numbers::international);
    delivery.set_client_reference(values("client-ref"));
    delivery.set_price(values("price"));
    if (values("err-code") != "0") delivery.set_error_code(values("err-code"));
    set_time(event, values);
    events.push_back(std::move(event));
    return Reading::taken;
}

HttpRequest build_vonage_sms(const Account& account, const Outbound& message) {
    HttpRequest request{
        "POST",
        url_of(account, kBaseUrl, "/sms/json"),
        {{"authorization", basic_authorization(account)}, {"content-type", "application/x-www-form-urlencoded"}},
        ""};
    append_field(request.body, "from", without_plus(message.from));
    append_field(request.body, "to", without_plus(message.to));
    append_field(request.body, "text", message.text);
    if (count_segments(message.text).encoding == v1::Sms::UCS2) append_field(request.body, "type", "unicode");
    if (!message.reference.empty()) append_field(request.body, "client-ref", message.reference);
    if (!account.report_url.empty()) append_field(request.body, "callback", account.report_url);
    return request;
}

// The status of HTTP is 200 whatever has happened; each part has its own.
std::optional<Fate> details_of_vonage_sms(unsigned status, std::string_view body, Answer& answer) {
    const auto value = parse_json(body);
    const JsonView messages = value ? JsonView(*value)["messages"] : JsonView();
    if (status / 100 != 2 || messages.size() == 0) return std::nullopt;
    std::string_view refused;
    for (std::size_t i = 0; i < messages.size(); ++i) {
        const std::string_view part = messages[i]["status"].text();
        if (part == "0") {
            answer.message_ids.emplace_back(messages[i]["message-id"].text());
        } else if (refused.empty()) {
            refused = part;
            answer.text = messages[i]["error-text"].text();
        }
    }
    answer.segments = static_cast<std::uint32_t>(messages.size());
    if (refused.empty()) return std::nullopt;
    answer.code = refused;
    // Where it has taken some parts, sending all of them again would send those twice.
    return answer.message_ids.empty() ? fate_of(refused) : Fate::unknown;
}

}  // namespace millrace::sms
