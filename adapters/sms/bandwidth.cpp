#include <boost/json.hpp>

#include "adapters/common/percent.hpp"
#include "adapters/sms/address.hpp"
#include "adapters/sms/provider.hpp"
#include "adapters/sms/timestamp.hpp"

// Bandwidth's messaging API, v2.
namespace millrace::sms {
namespace {

constexpr std::string_view kBaseUrl = "https://messaging.bandwidth.com";

std::uint32_t segments_of(const JsonView& message) {
    return static_cast<std::uint32_t>(message["segmentCount"].integer().value_or(0));
}

Event inbound(const JsonView& message, std::string key) {
    Event event = inbound_event(message["id"].text(), std::move(key));
    v1::Sms::Inbound& inbound = *event.body.mutable_inbound();
    *inbound.mutable_from() = address_of(message["from"].text(), Numbers::with_plus);
    const std::string_view owner = message["owner"].text();
    *inbound.add_to() = address_of(owner, Numbers::with_plus);
    for (std::size_t i = 0; i < message["to"].size(); ++i) {
        if (message["to"][i].text() != owner)
            *inbound.add_to() = address_of(message["to"][i].text(), Numbers::with_plus);
    }
    event.text = message["text"].text();
    inbound.set_segments(segments_of(message));
    inbound.set_client_reference(message["tag"].scalar());
    for (std::size_t i = 0; i < message["media"].size(); ++i) {
        add_media(inbound, message["media"][i].text(), "");
        inbound.mutable_media(static_cast<int>(i))->set_needs_auth(true);
    }
    return event;
}

Event delivery(const JsonView& json, const JsonView& message, std::string_view kind, std::string key) {
    Event event = delivery_event(message["id"].text(), kind, std::move(key));
    v1::Sms::Delivery& delivery = *event.body.mutable_delivery();
    *delivery.mutable_to() =
        address_of(json["to"].is_text() ? json["to"].text() : message["to"][0].text(), Numbers::with_plus);
    delivery.mutable_to()->set_carrier(json["carrierName"].scalar());
    *delivery.mutable_from() = address_of(message["from"].text(), Numbers::with_plus);
    delivery.set_client_reference(message["tag"].scalar());
    delivery.set_error_code(json["errorCode"].scalar());
    delivery.set_parts(segments_of(message));
    return event;
}

}  // namespace

Reading read_bandwidth(Payload& payload, std::vector<Event>& events) {
    const boost::json::value* const value = payload.json();
    if (!value || JsonView(*value).size() == 0) return Reading::unreadable;
    const JsonView all(*value);
    for (std::size_t i = 0; i < all.size(); ++i) {
        const JsonView message = all[i]["message"];
        const std::string_view kind = all[i]["type"].text();
        const std::string_view id = message["id"].text();
        if (kind.empty() || id.empty()) return Reading::unreadable;
        const bool is_inbound = kind == "message-received";
        if (!is_inbound &&
            delivery_event("", kind, "").body.delivery().status() == v1::Sms::Delivery::STATUS_UNSPECIFIED)
            continue;
        // Of a message to several of our numbers each has an id of its own; a report is of one recipient.
        std::string key = std::string(id) + ":" + std::string(kind);
        if (!is_inbound) key += ":" + std::string(all[i]["to"].text());
        events.push_back(is_inbound ? inbound(message, std::move(key))
                                    : delivery(all[i], message, kind, std::move(key)));
        events.back().body.set_account(std::string(message["applicationId"].text()));
        events.back().body.set_provider_time_us(microseconds_of(all[i]["time"].text()).value_or(0));
    }
    return events.empty() ? Reading::other_kind : Reading::taken;
}

HttpRequest build_bandwidth(const Account& account, const Outbound& message) {
    // `id` is `account:user` here: the account stands in the path, the user in the authorization.
    const std::size_t colon = account.id.find(':');
    Account user = account;
    if (colon != std::string::npos) user.id = account.id.substr(colon + 1);
    boost::json::object body{
        {"applicationId", account.application},
        {"to", boost::json::array{boost::json::string_view(message.to)}},
        {"from", message.from},
        {"text", message.text},
    };
    if (!message.media_urls.empty())
        body["media"] = boost::json::array(message.media_urls.begin(), message.media_urls.end());
    if (!message.reference.empty()) body["tag"] = message.reference;
    return json_request(
        url_of(account, kBaseUrl, "/api/v2/users/" + percent_encoded(account.id.substr(0, colon)) + "/messages"),
        basic_authorization(user), body);
}

std::optional<Fate> details_of_bandwidth(unsigned status, std::string_view body, Answer& answer) {
    const auto value = parse_json(body);
    if (!value) return std::nullopt;
    const JsonView json(*value);
    if (status / 100 == 2) {
        if (const std::string_view id = json["id"].text(); !id.empty()) answer.message_ids.emplace_back(id);
        answer.segments = segments_of(json);
        return std::nullopt;
    }
    answer.code = json["type"].scalar();
    answer.text = json["description"].text();
    return std::nullopt;
}

}  // namespace millrace::sms
