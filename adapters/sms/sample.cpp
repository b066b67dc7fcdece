#include "adapters/sms/sample.hpp"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <utility>
#include <vector>

#include "adapters/common/form.hpp"

namespace millrace::sms {
namespace {

using boost::json::array;
using boost::json::object;
using Fields = std::vector<std::pair<std::string_view, std::string>>;

constexpr const char* kForm = "application/x-www-form-urlencoded";

std::string form_of(const Fields& fields) {
    std::string form;
    for (const auto& [name, value] : fields) append_field(form, name, value);
    return form;
}

Draft form(const std::string& url, const Fields& fields) {
    return {"POST", url, {{"content-type", kForm}}, form_of(fields)};
}

Draft json(const std::string& url, const boost::json::value& value) {
    return {"POST", url, {{"content-type", "application/json"}}, boost::json::serialize(value)};
}

Draft twilio(const std::string& url, const Sample& it) {
    return form(url, {{"MessageSid", it.id}, {"From", it.from}, {"To", it.to}, {"Body", it.text}});
}

Draft vonage_sms(const std::string& url, const Sample& it) {
    return form(url,
                {{"messageId", it.id}, {"msisdn", it.from}, {"to", it.to}, {"text", it.text}, {"type", "unicode"}});
}

Draft vonage_messages(const std::string& url, const Sample& it) {
    return json(url, object{{"channel", "sms"},
                            {"message_uuid", it.id},
                            {"from", it.from},
                            {"to", it.to},
                            {"message_type", "text"},
                            {"text", it.text}});
}

Draft plivo(const std::string& url, const Sample& it) {
    return form(url, {{"MessageUUID", it.id}, {"From", it.from}, {"To", it.to}, {"Text", it.text}, {"Type", "sms"}});
}

Draft messagebird(const std::string& url, const Sample& it) {
    return json(url, object{{"id", it.id}, {"originator", it.from}, {"recipient", it.to}, {"body", it.text}});
}

Draft telnyx(const std::string& url, const Sample& it) {
    const object payload{{"id", it.id},
                         {"from", object{{"phone_number", it.from}}},
                         {"to", array{object{{"phone_number", it.to}}}},
                         {"text", it.text}};
    return json(url, object{{"data", object{{"event_type", "message.received"}, {"id", it.id}, {"payload", payload}}}});
}

Draft sinch(const std::string& url, const Sample& it) {
    return json(url, object{{"type", "mo_text"}, {"id", it.id}, {"from", it.from}, {"to", it.to}, {"body", it.text}});
}

Draft bandwidth(const std::string& url, const Sample& it) {
    const object message{{"id", it.id},
                         {"from", it.from},
                         {"owner", it.to},
                         {"to", array{boost::json::string(it.to)}},
                         {"text", it.text}};
    return json(url, array{object{{"type", "message-received"}, {"to", it.to}, {"message", message}}});
}

Draft kannel(const std::string& url, const Sample& it) {
    const Fields fields{{"id", it.id}, {"from", it.from}, {"to", it.to}, {"coding", "0"}, {"data", it.text}};
    return {"GET", url + (url.find('?') == url.npos ? '?' : '&') + form_of(fields), {}, ""};
}

Draft generic(const std::string& url, const Sample& it) {
    const object data{{"id", it.id}, {"from", it.from}, {"to", it.to}, {"text", it.text}};
    return json(url, object{{"type", "message.received"}, {"data", data}});
}

struct Row {
    std::string_view provider;
    std::string_view scheme;
    Draft (*make)(const std::string& url, const Sample& sample);
};

constexpr std::array kRows = {
    Row{"twilio", "twilio", twilio},
    Row{"vonage-sms", "vonage-md5hash", vonage_sms},
    Row{"vonage-messages", "vonage-jwt", vonage_messages},
    Row{"plivo", "plivo-v3", plivo},
    Row{"messagebird", "messagebird-jwt", messagebird},
    Row{"telnyx", "telnyx", telnyx},
    Row{"sinch", "sinch", sinch},
    Row{"bandwidth", "basic", bandwidth},
    Row{"kannel", "basic", kannel},
    Row{"generic", "standard-webhooks", generic},
};

const Row* row_of(std::string_view provider) {
    const auto* const found = std::ranges::find(kRows, provider, &Row::provider);
    return found == kRows.end() ? nullptr : found;
}

}  // namespace

std::optional<Draft> sample_of(std::string_view provider, const std::string& url, const Sample& sample) {
    const Row* const row = row_of(provider);
    return row ? std::optional(row->make(url, sample)) : std::nullopt;
}

std::string_view default_scheme_of(std::string_view provider) {
    const Row* const row = row_of(provider);
    return row ? row->scheme : std::string_view();
}

}  // namespace millrace::sms
