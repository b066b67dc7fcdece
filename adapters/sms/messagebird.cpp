#include <boost/json.hpp>

#include "adapters/sms/address.hpp"
#include "adapters/sms/provider.hpp"
#include "adapters/sms/timestamp.hpp"

// MessageBird's SMS API, Bird classic now.
namespace millrace::sms {
namespace {

constexpr std::string_view kBaseUrl = "https://rest.messagebird.com";

Event inbound(const Values& values, const std::string& id) {
    Event event = inbound_event(id, id);
    v1::Sms::Inbound& inbound = *event.body.mutable_inbound();
    *inbound.mutable_from() = address_of(values("originator"), Numbers::international);
    *inbound.add_to() = address_of(values("recipient"), Numbers::international);
    event.text = values.has("body") ? values("body") : values("message");
    event.body.set_provider_time_us(microseconds_of(values("createdDatetime")).value_or(0));
    return event;
}

// The `+` of the offset may have become a blank on its way.
std::int64_t time_of(std::string text) {
    if (const std::size_t blank = text.rfind(' '); blank != text.npos && blank > 10) text[blank] = '+';
    return microseconds_of(text).value_or(0);
}

Event delivery(const Values& values, const std::string& id) {
    const std::string status = values("status");
    Event event = delivery_event(id, status, id + ":" + values("recipient") + ":" + status);
    v1::Sms::Delivery& delivery = *event.body.mutable_delivery();
    *delivery.mutable_to() = address_of(values("recipient"), Numbers::international);
    delivery.mutable_to()->set_carrier(values("mccmnc"));
    *delivery.mutable_from() = address_of(values("originator"), Numbers::international);
    delivery.set_client_reference(values("reference"));
    delivery.set_error_code(values("statusErrorCode"));
    event.body.set_provider_time_us(time_of(values("statusDatetime")));
    return event;
}

}  // namespace

Reading read_messagebird(Payload& payload, std::vector<Event>& events) {
    const Values values(payload);
    const std::string id = values("id");
    if (id.empty() || !values.has("recipient")) return Reading::unreadable;
    const bool is_delivery = values.has("status");
    if (!is_delivery && !values.has("originator")) return Reading::unreadable;
    events.push_back(is_delivery ? delivery(values, id) : inbound(values, id));
    return Reading::taken;
}

HttpRequest build_messagebird(const Account& account, const Outbound& message) {
    boost::json::object body{
        {"originator", message.from},
        {"recipients", boost::json::array{boost::json::string_view(without_plus(message.to))}},
        {"body", message.text},
        {"datacoding", "auto"},
    };
    if (!message.reference.empty()) body["reference"] = message.reference;
    if (!account.report_url.empty()) body["reportUrl"] = account.report_url;
    return json_request(url_of(account, kBaseUrl, "/messages"), "AccessKey " + account.secret, body);
}

std::optional<Fate> details_of_messagebird(unsigned status, std::string_view body, Answer& answer) {
    const auto value = parse_json(body);
    if (!value) return std::nullopt;
    const JsonView json(*value);
    if (status / 100 != 2) {
        answer.code = json["errors"][0]["code"].scalar();
        answer.text = json["errors"][0]["description"].text();
        return std::nullopt;
    }
    if (const std::string_view id = json["id"].text(); !id.empty()) answer.message_ids.emplace_back(id);
    answer.segments =
        static_cast<std::uint32_t>(json["recipients"]["items"][0]["messagePartCount"].integer().value_or(0));
    return std::nullopt;
}

}  // namespace millrace::sms
