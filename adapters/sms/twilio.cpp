#include <algorithm>

#include "adapters/common/form.hpp"
#include "adapters/common/json.hpp"
#include "adapters/common/percent.hpp"
#include "adapters/sms/address.hpp"
#include "adapters/sms/provider.hpp"

// Twilio Programmable Messaging, 2010-04-01.
namespace millrace::sms {
namespace {

constexpr std::string_view kBaseUrl = "https://api.twilio.com";
constexpr std::uint32_t kMediaMax = 50;

constexpr std::string_view kOptedOut = "21610";

Event inbound(const Values& values, const std::string& id) {
    Event event = inbound_event(id, id);
    v1::Sms::Inbound& inbound = *event.body.mutable_inbound();
    *inbound.mutable_from() = address_of(values("From"), Numbers::with_plus);
    inbound.mutable_from()->set_country(values("FromCountry"));
    *inbound.add_to() = address_of(values("To"), Numbers::with_plus);
    inbound.mutable_to(0)->set_country(values("ToCountry"));
    inbound.set_segments(values.number("NumSegments"));
    event.text = values("Body");
    event.handled_consent = values("OptOutType");
    const std::uint32_t count = std::min(values.number("NumMedia"), kMediaMax);
    for (std::uint32_t i = 0; i < count; ++i) {
        const std::string number = std::to_string(i);
        add_media(inbound, values("MediaUrl" + number), values("MediaContentType" + number));
        inbound.mutable_media(static_cast<int>(i))->set_needs_auth(true);
    }
    return event;
}

Event delivery(const Values& values, const std::string& id, const std::string& status) {
    Event event = delivery_event(id, status, id + ":" + status);
    v1::Sms::Delivery& delivery = *event.body.mutable_delivery();
    *delivery.mutable_to() = address_of(values("To"), Numbers::with_plus);
    *delivery.mutable_from() = address_of(values("From"), Numbers::with_plus);
    delivery.set_error_code(values("ErrorCode"));
    return event;
}

}  // namespace

Reading read_twilio(Payload& payload, std::vector<Event>& events) {
    const Values values(payload);
    const std::string id = values.has("MessageSid") ? values("MessageSid") : values("SmsSid");
    if (id.empty()) return values.has("CallSid") ? Reading::other_kind : Reading::unreadable;
    const std::string status = values.has("MessageStatus") ? values("MessageStatus") : values("SmsStatus");
    const bool is_inbound = status.empty() || status == "received" || status == "receiving";
    if (is_inbound && (!values.has("From") || !values.has("To"))) return Reading::unreadable;
    events.push_back(is_inbound ? inbound(values, id) : delivery(values, id, status));
    events.back().body.set_account(values("AccountSid"));
    return Reading::taken;
}

HttpRequest build_twilio(const Account& account, const Outbound& message) {
    HttpRequest request{
        "POST",
        url_of(account, kBaseUrl, "/2010-04-01/Accounts/" + percent_encoded(account.id) + "/Messages.json"),
        {{"authorization", basic_authorization(account)}, {"content-type", "application/x-www-form-urlencoded"}},
        ""};
    append_field(request.body, "To", message.to);
    append_field(request.body, message.from.starts_with("MG") ? "MessagingServiceSid" : "From", message.from);
    append_field(request.body, "Body", message.text);
    for (const std::string& url : message.media_urls) append_field(request.body, "MediaUrl", url);
    if (!account.report_url.empty()) append_field(request.body, "StatusCallback", account.report_url);
    return request;
}

std::optional<Fate> details_of_twilio(unsigned status, std::string_view body, Answer& answer) {
    const auto value = parse_json(body);
    if (!value) return std::nullopt;
    const JsonView json(*value);
    answer.text = json["message"].text();
    if (status / 100 != 2) {
        answer.code = json["code"].scalar();
        answer.is_opted_out = answer.code == kOptedOut;
        return std::nullopt;
    }
    if (const std::string_view id = json["sid"].text(); !id.empty()) answer.message_ids.emplace_back(id);
    answer.code = json["error_code"].scalar();
    answer.segments = static_cast<std::uint32_t>(json["num_segments"].integer().value_or(0));
    return std::nullopt;
}

}  // namespace millrace::sms
