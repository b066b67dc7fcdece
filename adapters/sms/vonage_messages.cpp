#include <boost/json.hpp>

#include "adapters/sms/address.hpp"
#include "adapters/sms/provider.hpp"
#include "adapters/sms/timestamp.hpp"

// Vonage's Messages API, v1 and v0.1.
namespace millrace::sms {
namespace {

constexpr std::string_view kBaseUrl = "https://api.nexmo.com";

// v0.1 has an object with a number.
v1::Sms::Address party(const JsonView& at) {
    return address_of(at.is_object() ? at["number"].text() : at.text(), Numbers::international);
}

Event inbound(const JsonView& json, std::string_view id) {
    Event event = inbound_event(id, std::string(id));
    v1::Sms::Inbound& inbound = *event.body.mutable_inbound();
    *inbound.mutable_from() = party(json["from"]);
    inbound.mutable_from()->set_carrier(json["origin"]["network_code"].scalar());
    *inbound.add_to() = party(json["to"]);
    inbound.set_client_reference(json["client_ref"].scalar());
    inbound.set_segments(static_cast<std::uint32_t>(json["sms"]["num_messages"].integer().value_or(0)));
    const JsonView content = json["message"]["content"];
    event.text = json["text"].is_text() ? json["text"].text() : content["text"].text();
    for (const std::string_view kind : {"image", "audio", "video", "file", "vcard"}) {
        const JsonView media = json[kind].is_object() ? json[kind] : content[kind];
        if (!media["url"].text().empty()) add_media(inbound, media["url"].text(), "");
        if (event.text.empty()) event.text = media["caption"].text();
    }
    return event;
}

Event delivery(const JsonView& json, std::string_view id) {
    const std::string status = json["status"].scalar();
    Event event = delivery_event(id, status, std::string(id) + ":" + status);
    v1::Sms::Delivery& delivery = *event.body.mutable_delivery();
    *delivery.mutable_to() = party(json["to"]);
    delivery.mutable_to()->set_carrier(json["destination"]["network_code"].scalar());
    *delivery.mutable_from() = party(json["from"]);
    delivery.set_client_reference(json["client_ref"].scalar());
    const JsonView error = json["error"];
    delivery.set_error_code(error["title"].value() ? error["title"].scalar() : error["code"].scalar());
    const JsonView usage = json["usage"];
    if (usage["price"].value()) delivery.set_price(usage["price"].scalar() + " " + usage["currency"].scalar());
    delivery.set_parts(static_cast<std::uint32_t>(json["sms"]["count_total"].integer().value_or(0)));
    return event;
}

}  // namespace

Reading read_vonage_messages(Payload& payload, std::vector<Event>& events) {
    const boost::json::value* const value = payload.json();
    if (!value) return Reading::unreadable;
    const JsonView json(*value);
    const std::string_view id = json["message_uuid"].text();
    if (id.empty()) return Reading::unreadable;
    const std::string_view channel = json["channel"].is_text() ? json["channel"].text() : json["from"]["type"].text();
    if (!channel.empty() && channel != "sms" && channel != "mms") return Reading::other_kind;
    const bool is_delivery = json["status"].value() != nullptr;
    events.push_back(is_delivery ? delivery(json, id) : inbound(json, id));
    events.back().body.set_provider_time_us(microseconds_of(json["timestamp"].text()).value_or(0));
    return Reading::taken;
}

HttpRequest build_vonage_messages(const Account& account, const Outbound& message) {
    boost::json::object body{
        {"from", boost::json::string_view(without_plus(message.from))},
        {"to", boost::json::string_view(without_plus(message.to))},
    };
    if (message.media_urls.empty()) {
        body["channel"] = "sms";
        body["message_type"] = "text";
        body["text"] = message.text;
    } else {
        body["channel"] = "mms";
        body["message_type"] = "image";
        body["image"] = {{"url", message.media_urls.front()}, {"caption", message.text}};
    }
    if (!message.reference.empty()) body["client_ref"] = message.reference;
    if (!account.report_url.empty()) body["webhook_url"] = account.report_url;
    return json_request(url_of(account, kBaseUrl, "/v1/messages"), basic_authorization(account), body);
}

std::optional<Fate> details_of_vonage_messages(unsigned status, std::string_view body, Answer& answer) {
    const auto value = parse_json(body);
    if (!value) return std::nullopt;
    const JsonView json(*value);
    if (status / 100 == 2) {
        if (const std::string_view id = json["message_uuid"].text(); !id.empty()) answer.message_ids.emplace_back(id);
        return std::nullopt;
    }
    answer.code = json["title"].text();
    answer.text = json["detail"].text();
    return std::nullopt;
}

}  // namespace millrace::sms
