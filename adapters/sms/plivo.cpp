#include <algorithm>
#include <boost/json.hpp>

#include "adapters/common/percent.hpp"
#include "adapters/sms/address.hpp"
#include "adapters/sms/provider.hpp"
#include "adapters/sms/timestamp.hpp"

// Plivo's messages, API v1.
namespace millrace::sms {
namespace {

constexpr std::string_view kBaseUrl = "https://api.plivo.com";
constexpr std::uint32_t kMediaMax = 50;

Event inbound(const Values& values, const std::string& id) {
    Event event = inbound_event(id, id);
    v1::Sms::Inbound& inbound = *event.body.mutable_inbound();
    *inbound.mutable_from() = address_of(values("From"), Numbers::international);
    *inbound.add_to() = address_of(values("To"), Numbers::international);
    inbound.set_segments(values.number("Units"));
    event.text = values("Text");
    for (std::uint32_t i = 0; i < kMediaMax && values.has("Media" + std::to_string(i)); ++i)
        add_media(inbound, values("Media" + std::to_string(i)), "");
    return event;
}

Event delivery(const Values& values, const std::string& id) {
    const std::string status = values("Status");
    std::string key = id + ":" + status;
    if (values.has("Sequence")) key += ":" + values("Sequence");
    Event event = delivery_event(id, status, std::move(key));
    v1::Sms::Delivery& delivery = *event.body.mutable_delivery();
    *delivery.mutable_to() = address_of(values("To"), Numbers::international);
    delivery.mutable_to()->set_carrier(values("MCC") + values("MNC"));
    *delivery.mutable_from() = address_of(values("From"), Numbers::international);
    delivery.set_error_code(values("ErrorCode"));
    delivery.set_parts(values.number("Units"));
    delivery.set_price(values("TotalAmount"));
    event.body.set_provider_time_us(microseconds_of(values("DeliveryReportTime")).value_or(0));
    return event;
}

}  // namespace

Reading read_plivo(Payload& payload, std::vector<Event>& events) {
    const Values values(payload);
    const std::string id = values("MessageUUID");
    if (id.empty()) return values.has("CallUUID") ? Reading::other_kind : Reading::unreadable;
    if (!values.has("From") || !values.has("To")) return Reading::unreadable;
    events.push_back(values.has("Status") ? delivery(values, id) : inbound(values, id));
    return Reading::taken;
}

HttpRequest build_plivo(const Account& account, const Outbound& message) {
    boost::json::object body{
        {"src", boost::json::string_view(without_plus(message.from))},
        {"dst", boost::json::string_view(without_plus(message.to))},
        {"text", message.text},
    };
    if (!message.media_urls.empty()) {
        body["type"] = "mms";
        body["media_urls"] = boost::json::array(message.media_urls.begin(), message.media_urls.end());
    }
    if (!account.report_url.empty()) {
        body["url"] = account.report_url;
        body["method"] = "POST";
    }
    return json_request(url_of(account, kBaseUrl, "/v1/Account/" + percent_encoded(account.id) + "/Message/"),
                        basic_authorization(account), body);
}

std::optional<Fate> details_of_plivo(unsigned status, std::string_view body, Answer& answer) {
    const auto value = parse_json(body);
    if (!value) return std::nullopt;
    const JsonView json(*value);
    if (status / 100 != 2) {
        answer.text = json["error"].text();
        return std::nullopt;
    }
    for (std::size_t i = 0; i < json["message_uuid"].size(); ++i)
        answer.message_ids.push_back(json["message_uuid"][i].scalar());
    return std::nullopt;
}

}  // namespace millrace::sms
