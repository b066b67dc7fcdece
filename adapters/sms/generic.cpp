#include <boost/json.hpp>

#include "adapters/sms/address.hpp"
#include "adapters/sms/provider.hpp"
#include "adapters/sms/sign.hpp"
#include "adapters/sms/timestamp.hpp"

// A gateway of one's own: events as Standard Webhooks has them, `{"type", "timestamp", "data"}`, and requests alike.
// README.md has the members.
namespace millrace::sms {
namespace {

Reading read_inbound(const JsonView& data, std::vector<Event>& events) {
    const std::string_view id = data["id"].text();
    if (id.empty() || data["from"].text().empty() || data["to"].text().empty()) return Reading::unreadable;
    Event event = inbound_event(id, std::string(id));
    v1::Sms::Inbound& inbound = *event.body.mutable_inbound();
    *inbound.mutable_from() = address_of(data["from"].text(), Numbers::with_plus);
    *inbound.add_to() = address_of(data["to"].text(), Numbers::with_plus);
    event.text = data["text"].text();
    inbound.set_segments(static_cast<std::uint32_t>(data["segments"].integer().value_or(0)));
    inbound.set_client_reference(data["reference"].scalar());
    for (std::size_t i = 0; i < data["media"].size(); ++i)
        add_media(inbound, data["media"][i]["url"].text(), data["media"][i]["content_type"].text());
    events.push_back(std::move(event));
    return Reading::taken;
}

Reading read_delivery(const JsonView& data, std::vector<Event>& events) {
    const std::string_view id = data["id"].text();
    const std::string status = data["status"].scalar();
    if (id.empty() || status.empty()) return Reading::unreadable;
    Event event = delivery_event(id, status, std::string(id) + ":" + status);
    v1::Sms::Delivery& delivery = *event.body.mutable_delivery();
    *delivery.mutable_to() = address_of(data["to"].text(), Numbers::with_plus);
    *delivery.mutable_from() = address_of(data["from"].text(), Numbers::with_plus);
    delivery.set_client_reference(data["reference"].scalar());
    delivery.set_error_code(data["error"].scalar());
    events.push_back(std::move(event));
    return Reading::taken;
}

}  // namespace

Reading read_generic(Payload& payload, std::vector<Event>& events) {
    const boost::json::value* const value = payload.json();
    if (!value) return Reading::unreadable;
    const JsonView json(*value);
    const std::string_view kind = json["type"].text();
    if (kind.empty()) return Reading::unreadable;
    Reading reading = Reading::other_kind;
    if (kind == "message.received") reading = read_inbound(json["data"], events);
    if (kind == "message.status") reading = read_delivery(json["data"], events);
    for (Event& event : events) event.body.set_provider_time_us(microseconds_of(json["timestamp"].text()).value_or(0));
    return reading;
}

HttpRequest build_generic(const Account& account, const Outbound& message) {
    boost::json::object data{{"from", message.from}, {"to", message.to}, {"text", message.text}};
    if (!message.media_urls.empty())
        data["media_urls"] = boost::json::array(message.media_urls.begin(), message.media_urls.end());
    if (!message.reference.empty()) data["reference"] = message.reference;
    Draft draft{"POST",
                account.base_url,
                {{"content-type", "application/json"}},
                boost::json::serialize(boost::json::object{{"type", "message.send"}, {"data", data}})};
    sign({find_scheme("standard-webhooks"), account.secret, "", "msg_" + message.reference, message.now_s}, draft);
    HttpRequest request{std::move(draft.method), std::move(draft.url), {}, std::move(draft.body)};
    for (auto& [name, value] : draft.headers) request.headers.push_back({std::move(name), std::move(value)});
    return request;
}

std::optional<Fate> details_of_generic(unsigned status, std::string_view body, Answer& answer) {
    const auto value = parse_json(body);
    if (!value) return std::nullopt;
    const JsonView json(*value);
    if (const std::string_view id = json["id"].text(); status / 100 == 2 && !id.empty())
        answer.message_ids.emplace_back(id);
    answer.code = json["code"].scalar();
    answer.text = json["message"].text();
    return std::nullopt;
}

}  // namespace millrace::sms
