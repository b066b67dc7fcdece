#include <boost/json.hpp>

#include "adapters/common/base64.hpp"
#include "adapters/common/percent.hpp"
#include "adapters/sms/address.hpp"
#include "adapters/sms/provider.hpp"
#include "adapters/sms/timestamp.hpp"

// Sinch's SMS API, XMS.
namespace millrace::sms {
namespace {

constexpr std::string_view kBaseUrl = "https://us.sms.api.sinch.com";

Reading read_inbound(const JsonView& json, std::string_view kind, std::vector<Event>& events) {
    const std::string_view id = json["id"].text();
    if (id.empty() || !json["from"].is_text() || !json["to"].is_text()) return Reading::unreadable;
    Event event = inbound_event(id, std::string(id));
    v1::Sms::Inbound& inbound = *event.body.mutable_inbound();
    *inbound.mutable_from() = address_of(json["from"].text(), Numbers::international);
    inbound.mutable_from()->set_carrier(json["operator_id"].scalar());
    *inbound.add_to() = address_of(json["to"].text(), Numbers::international);
    inbound.set_client_reference(json["client_reference"].scalar());
    const JsonView body = json["body"];
    if (kind == "mo_binary") {
        const std::optional<std::string> data = base64_decoded(body.text());
        const std::optional<std::string> udh = hex_decoded(json["udh"].text());
        if (!data || !udh) return Reading::unreadable;
        event.data = *data;
        inbound.set_udh(*udh);
    } else if (kind == "mo_media") {
        event.text = body["message"].text();
        inbound.set_subject(body["subject"].scalar());
        for (std::size_t i = 0; i < body["media"].size(); ++i) {
            const JsonView at = body["media"][i];
            add_media(inbound, at["url"].text(), at["content_type"].text());
            if (at["status"].text() == "Failed")
                inbound.mutable_media(static_cast<int>(i))->set_state(v1::Sms::Media::FAILED);
        }
    } else {
        event.text = body.text();
    }
    const std::string_view time = json["sent_at"].is_text() ? json["sent_at"].text() : json["received_at"].text();
    event.body.set_provider_time_us(microseconds_of(time).value_or(0));
    events.push_back(std::move(event));
    return Reading::taken;
}

void add_delivery(const JsonView& json, const JsonView& status, std::string_view recipient,
                  std::vector<Event>& events) {
    const std::string batch(json["batch_id"].text());
    const std::string word = status["status"].scalar();
    Event event =
        delivery_event(batch, word, batch + ":" + std::string(recipient) + ":" + word + ":" + status["code"].scalar());
    v1::Sms::Delivery& delivery = *event.body.mutable_delivery();
    *delivery.mutable_to() = address_of(recipient, Numbers::international);
    delivery.mutable_to()->set_carrier(json["operator"].scalar());
    *delivery.mutable_from() = address_of(json["applied_originator"].text(), Numbers::international);
    delivery.set_client_reference(json["client_reference"].scalar());
    if (const std::string code = status["code"].scalar(); code != "0") delivery.set_error_code(code);
    delivery.set_parts(static_cast<std::uint32_t>(json["number_of_message_parts"].integer().value_or(0)));
    event.body.set_provider_time_us(microseconds_of(json["at"].text()).value_or(0));
    events.push_back(std::move(event));
}

}  // namespace

Reading read_sinch(Payload& payload, std::vector<Event>& events) {
    const boost::json::value* const value = payload.json();
    if (!value) return Reading::unreadable;
    const JsonView json(*value);
    const std::string_view kind = json["type"].text();
    if (kind.empty()) return Reading::unreadable;
    if (kind == "mo_text" || kind == "mo_binary" || kind == "mo_media") return read_inbound(json, kind, events);
    const bool is_of_one = kind.starts_with("recipient_delivery_report_");
    if (!is_of_one && !kind.starts_with("delivery_report_")) return Reading::other_kind;
    if (json["batch_id"].text().empty()) return Reading::unreadable;
    if (is_of_one) {
        add_delivery(json, json, json["recipient"].text(), events);
        return Reading::taken;
    }
    // Of a whole batch; whom a status is of is said only in full reports.
    for (std::size_t i = 0; i < json["statuses"].size(); ++i) {
        const JsonView status = json["statuses"][i];
        const JsonView recipients = status["recipients"];
        if (recipients.size() == 0) add_delivery(json, status, "", events);
        for (std::size_t k = 0; k < recipients.size(); ++k) add_delivery(json, status, recipients[k].text(), events);
    }
    return events.empty() ? Reading::unreadable : Reading::taken;
}

HttpRequest build_sinch(const Account& account, const Outbound& message) {
    boost::json::object body{
        {"from", boost::json::string_view(without_plus(message.from))},
        {"to", boost::json::array{boost::json::string_view(without_plus(message.to))}},
    };
    if (message.media_urls.empty()) {
        body["type"] = "mt_text";
        body["body"] = message.text;
    } else {
        body["type"] = "mt_media";
        body["body"] = {{"url", message.media_urls.front()}, {"message", message.text}};
    }
    if (!message.reference.empty()) body["client_reference"] = message.reference;
    body["delivery_report"] = "per_recipient";
    if (!account.report_url.empty()) body["callback_url"] = account.report_url;
    return json_request(url_of(account, kBaseUrl, "/xms/v1/" + percent_encoded(account.id) + "/batches"),
                        "Bearer " + account.secret, body);
}

std::optional<Fate> details_of_sinch(unsigned status, std::string_view body, Answer& answer) {
    const auto value = parse_json(body);
    if (!value) return std::nullopt;
    const JsonView json(*value);
    if (status / 100 == 2) {
        if (const std::string_view id = json["id"].text(); !id.empty()) answer.message_ids.emplace_back(id);
        return std::nullopt;
    }
    answer.code = json["code"].scalar();
    answer.text = json["text"].text();
    return std::nullopt;
}

}  // namespace millrace::sms
