#include <boost/json.hpp>

#include "adapters/common/base64.hpp"
#include "adapters/sms/address.hpp"
#include "adapters/sms/provider.hpp"
#include "adapters/sms/timestamp.hpp"

// Telnyx's messaging API, v2.
namespace millrace::sms {
namespace {

constexpr std::string_view kBaseUrl = "https://api.telnyx.com";
constexpr std::string_view kOptedOut = "40300";

v1::Sms::Address party(const JsonView& at) {
    v1::Sms::Address address = address_of(at["phone_number"].text(), Numbers::with_plus);
    address.set_carrier(at["carrier"].scalar());
    return address;
}

Event inbound(const JsonView& payload, std::string_view key) {
    Event event = inbound_event(payload["id"].text(), std::string(key));
    v1::Sms::Inbound& inbound = *event.body.mutable_inbound();
    *inbound.mutable_from() = party(payload["from"]);
    for (std::size_t i = 0; i < payload["to"].size(); ++i) *inbound.add_to() = party(payload["to"][i]);
    for (std::size_t i = 0; i < payload["cc"].size(); ++i) *inbound.add_cc() = party(payload["cc"][i]);
    event.text = payload["text"].text();
    inbound.set_subject(payload["subject"].scalar());
    inbound.set_segments(static_cast<std::uint32_t>(payload["parts"].integer().value_or(0)));
    for (std::size_t i = 0; i < payload["media"].size(); ++i) {
        const JsonView at = payload["media"][i];
        add_media(inbound, at["url"].text(), at["content_type"].text());
        v1::Sms::Media& media = *inbound.mutable_media(static_cast<int>(i));
        media.set_size(static_cast<std::uint64_t>(std::max<std::int64_t>(0, at["size"].integer().value_or(0))));
        if (const auto hash = hex_decoded(at["hash_sha256"].text()); hash && hash->size() == 32)
            media.set_sha256(hex_encoded(*hash));
    }
    return event;
}

// One a recipient.
void add_deliveries(const JsonView& payload, std::string_view key, std::vector<Event>& events) {
    for (std::size_t i = 0; i < payload["to"].size(); ++i) {
        const JsonView to = payload["to"][i];
        const std::string own_key = i == 0 ? std::string(key) : std::string(key) + ":" + std::to_string(i);
        Event event = delivery_event(payload["id"].text(), to["status"].text(), own_key);
        v1::Sms::Delivery& delivery = *event.body.mutable_delivery();
        *delivery.mutable_to() = party(to);
        *delivery.mutable_from() = party(payload["from"]);
        delivery.set_error_code(payload["errors"][0]["code"].scalar());
        delivery.set_parts(static_cast<std::uint32_t>(payload["parts"].integer().value_or(0)));
        const JsonView cost = payload["cost"];
        if (cost["amount"].value()) delivery.set_price(cost["amount"].scalar() + " " + cost["currency"].scalar());
        delivery.set_client_reference(payload["tags"][0].scalar());
        events.push_back(std::move(event));
    }
}

}  // namespace

Reading read_telnyx(Payload& request, std::vector<Event>& events) {
    const boost::json::value* const value = request.json();
    if (!value) return Reading::unreadable;
    const JsonView data = JsonView(*value)["data"];
    const JsonView payload = data["payload"];
    const std::string_view kind = data["event_type"].text();
    const std::string_view key = data["id"].text();
    if (kind.empty() || key.empty()) return Reading::unreadable;
    const bool is_inbound = kind == "message.received";
    if (!is_inbound && kind != "message.sent" && kind != "message.finalized") return Reading::other_kind;
    if (!payload["from"].is_object() || payload["to"].size() == 0) return Reading::unreadable;
    if (is_inbound)
        events.push_back(inbound(payload, key));
    else
        add_deliveries(payload, key, events);
    for (Event& event : events) {
        event.body.set_account(std::string(payload["messaging_profile_id"].text()));
        event.body.set_provider_time_us(microseconds_of(data["occurred_at"].text()).value_or(0));
        event.body.set_attempt(static_cast<std::uint32_t>(JsonView(*value)["meta"]["attempt"].integer().value_or(0)));
    }
    return Reading::taken;
}

HttpRequest build_telnyx(const Account& account, const Outbound& message) {
    boost::json::object body{{"from", message.from}, {"to", message.to}, {"text", message.text}};
    if (!message.media_urls.empty())
        body["media_urls"] = boost::json::array(message.media_urls.begin(), message.media_urls.end());
    if (!account.application.empty()) body["messaging_profile_id"] = account.application;
    if (!account.report_url.empty()) body["webhook_url"] = account.report_url;
    if (!message.reference.empty()) body["tags"] = boost::json::array{boost::json::string_view(message.reference)};
    return json_request(url_of(account, kBaseUrl, "/v2/messages"), "Bearer " + account.secret, body);
}

std::optional<Fate> details_of_telnyx(unsigned status, std::string_view body, Answer& answer) {
    const auto value = parse_json(body);
    if (!value) return std::nullopt;
    const JsonView json(*value);
    if (status / 100 != 2) {
        const JsonView error = json["errors"][0];
        answer.code = error["code"].scalar();
        answer.text = error["detail"].is_text() ? error["detail"].text() : error["title"].text();
        answer.is_opted_out = answer.code == kOptedOut;
        return std::nullopt;
    }
    const JsonView data = json["data"];
    if (const std::string_view id = data["id"].text(); !id.empty()) answer.message_ids.emplace_back(id);
    answer.segments = static_cast<std::uint32_t>(data["parts"].integer().value_or(0));
    return std::nullopt;
}

}  // namespace millrace::sms
