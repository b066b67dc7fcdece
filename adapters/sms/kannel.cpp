#include "adapters/common/base64.hpp"
#include "adapters/common/form.hpp"
#include "adapters/common/utf8.hpp"
#include "adapters/sms/address.hpp"
#include "adapters/sms/provider.hpp"
#include "adapters/sms/segments.hpp"
#include "adapters/sms/timestamp.hpp"

// Kannel, an SMS gateway with an HTTP side: what its `get-url` and `dlr-url` have is its operator's to write. README.md
// has what is expected.
namespace millrace::sms {
namespace {

constexpr std::string_view kBaseUrl = "http://127.0.0.1:13013";

// Of the report that ends it, delivered or not, and those that come before.
constexpr std::string_view kReports = "31";

// Of `coding`.
constexpr std::string_view kEightBits = "1";
constexpr std::string_view kTwoBytes = "2";

std::string_view word_of(std::string_view report) {
    if (report == "1") return "delivered";
    if (report == "2") return "undelivered";
    if (report == "4") return "buffered";
    if (report == "8") return "sent";
    return report == "16" ? "rejected" : report;
}

Event inbound(const Values& values, const FormFields& fields, const std::string& id) {
    Event event = inbound_event(id, id);
    v1::Sms::Inbound& inbound = *event.body.mutable_inbound();
    *inbound.mutable_from() = address_of(values("from"), Numbers::international);
    inbound.mutable_from()->set_carrier(values("smsc"));
    *inbound.add_to() = address_of(values("to"), Numbers::international);
    const std::string_view data = value_of(fields, "data");
    const std::string coding = values("coding");
    if (coding == kEightBits) {
        event.data = data;
        inbound.set_udh(std::string(value_of(fields, "udh")));
    } else if (coding == kTwoBytes) {
        event.text = from_utf16(data);
    } else {
        event.text = as_utf8(data);
    }
    event.body.set_provider_time_us(microseconds_of_number(values("time")).value_or(0));
    return event;
}

}  // namespace

Reading read_kannel(Payload& payload, std::vector<Event>& events) {
    const Values values(payload);
    if (!values.has("from") || !values.has("to")) return Reading::unreadable;
    if (!values.has("report")) {
        const std::string id = values("id");
        if (!id.empty()) events.push_back(inbound(values, payload.fields(), id));
        return id.empty() ? Reading::unreadable : Reading::taken;
    }
    const std::optional<std::string> id = base64url_decoded(values("reference"));
    if (!id || id->empty()) return Reading::unreadable;
    const std::string report = values("report");
    Event event = delivery_event(*id, word_of(report), *id + ":" + report);
    v1::Sms::Delivery& delivery = *event.body.mutable_delivery();
    *delivery.mutable_to() = address_of(values("to"), Numbers::international);
    *delivery.mutable_from() = address_of(values("from"), Numbers::international);
    delivery.set_client_reference(delivery.message_id());
    delivery.set_error_code(values("answer"));
    event.body.set_provider_time_us(microseconds_of_number(values("time")).value_or(0));
    events.push_back(std::move(event));
    return Reading::taken;
}

HttpRequest build_kannel(const Account& account, const Outbound& message) {
    std::string query;
    append_field(query, "username", account.id);
    append_field(query, "password", account.secret);
    append_field(query, "from", message.from);
    append_field(query, "to", message.to);
    append_field(query, "charset", "UTF-8");
    append_field(query, "coding", count_segments(message.text).encoding == v1::Sms::UCS2 ? "2" : "0");
    append_field(query, "text", message.text);
    if (!account.report_url.empty() && !message.reference.empty()) {
        // Kannel gives no id away. It reads `%` and a letter in this URL as its own, `%2B` not.
        std::string fields;
        append_field(fields, "reference", base64url_encoded(message.reference));
        append_field(fields, "from", message.from);
        append_field(fields, "to", message.to);
        std::string url = account.report_url;
        url += url.find('?') == url.npos ? '?' : '&';
        url += fields + "&report=%d&time=%T&answer=%A";
        append_field(query, "dlr-mask", kReports);
        append_field(query, "dlr-url", url);
    }
    return {"GET", url_of(account, kBaseUrl, "/cgi-bin/sendsms?") + query, {}, ""};
}

// `0: Accepted for delivery`, `3: Queued for later delivery`; else what was wrong.
std::optional<Fate> details_of_kannel(unsigned status, std::string_view body, Answer& answer) {
    if (status == 503) return Fate::retry;  // It says so where no connection to an operator takes the message.
    const std::size_t colon = body.find(':');
    if (status / 100 == 2 && (body.starts_with("0:") || body.starts_with("3:"))) return Fate::sent;
    if (colon < 4) answer.code = as_name(body.substr(0, colon));
    answer.text = as_name(body.substr(0, 200));
    return std::nullopt;
}

}  // namespace millrace::sms
