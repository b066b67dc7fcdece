#include "adapters/sms/normalise.hpp"

#include <google/protobuf/io/coded_stream.h>

#include <algorithm>
#include <memory>

#include "adapters/sms/delivery_status.hpp"
#include "adapters/sms/segments.hpp"
#include "millrace/v1/message.pb.h"

namespace millrace::sms {
namespace {

using Wire = google::protobuf::io::CodedOutputStream;

v1::Sms::Consent::Action action_of(std::string_view word) {
    if (word == "STOP") return v1::Sms::Consent::STOP;
    if (word == "START") return v1::Sms::Consent::START;
    return word == "HELP" ? v1::Sms::Consent::HELP : v1::Sms::Consent::ACTION_UNSPECIFIED;
}

void complete_delivery(v1::Sms::Delivery& delivery) {
    delivery.set_rank(rank_of(delivery.status()));
    delivery.set_permanent(is_permanent(delivery.status()));
}

// Of a field below 16 with at most 64 KiB.
constexpr std::size_t kHeadBytesMax = 4;

void append_bytes(std::string& out, int field, std::size_t size) {
    std::uint8_t head[10];
    std::uint8_t* end = Wire::WriteVarint32ToArray(static_cast<std::uint32_t>(field) << 3 | 2, head);
    end = Wire::WriteVarint32ToArray(static_cast<std::uint32_t>(size), end);
    out.append(reinterpret_cast<const char*>(head), static_cast<std::size_t>(end - head));
}

std::size_t bytes_of(std::string_view value) {
    return 1 + Wire::VarintSize32(static_cast<std::uint32_t>(value.size())) + value.size();
}

void append_param(std::string& out, const FormField& field) {
    append_bytes(out, v1::Sms::kRawParamsFieldNumber, bytes_of(field.name) + bytes_of(field.value));
    append_bytes(out, v1::Sms::Param::kNameFieldNumber, field.name.size());
    out += field.name;
    append_bytes(out, v1::Sms::Param::kValueFieldNumber, field.value.size());
    out += field.value;
}

std::string raw_of(const Payload& payload) {
    const std::string_view body = payload.webhook().body;
    const auto forms = {&payload.query(), &payload.form()};
    std::size_t size = 0;
    std::size_t count = 0;
    for (const FormFields* form : forms) {
        count += form->size();
        for (const FormField& field : *form) size += field.name.size() + field.value.size();
    }
    const bool has_body = body.size() <= kRawBytesMax;
    const bool has_params = size <= kRawBytesMax;
    std::string raw;
    raw.reserve((has_body ? kHeadBytesMax + body.size() : 0) + (has_params ? size + 3 * kHeadBytesMax * count : 0));
    if (has_body) {
        append_bytes(raw, v1::Sms::kRawBodyFieldNumber, body.size());
        raw += body;
    }
    if (!has_params) return raw;
    for (const FormFields* form : forms) {
        for (const FormField& field : *form) append_param(raw, field);
    }
    return raw;
}

void add_verification(v1::Sms& body, const Verdict& verdict) {
    v1::Sms::Verification& verification = *body.mutable_verification();
    verification.set_scheme(std::string(verdict.scheme->name));
    verification.set_secret(verdict.secret);
    verification.set_url_form(std::string(verdict.url_form));
    verification.set_covers_body(verdict.scheme->covers_body);
    if (verdict.skew_s) verification.set_skew_s(*verdict.skew_s);
}

void append_body(std::string& out, const v1::Sms& body, std::string_view raw) {
    append_bytes(out, v1::ChannelMessage::kSmsFieldNumber, body.ByteSizeLong() + raw.size());
    body.AppendToString(&out);
    out += raw;
}

// What a `/` ends.
void append_part(std::string& out, std::string_view part) {
    for (const char c : part) {
        if (c == '/')
            out += "%2F";
        else if (c == '%')
            out += "%25";
        else
            out += c;
    }
}

std::string part_of(std::string_view text) {
    std::string part;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const std::string_view escape = text.substr(i, 3);
        part += escape == "%2F" ? '/' : escape == "%25" ? '%' : text[i];
        if (escape == "%2F" || escape == "%25") i += 2;
    }
    return part;
}

}  // namespace

void complete_text(Event& event, const ConsentWords& words) {
    v1::Sms::Inbound& inbound = *event.body.mutable_inbound();
    if (event.data) {
        inbound.set_encoding(v1::Sms::BINARY);
        if (inbound.segments() == 0) inbound.set_segments(1);
        return;
    }
    if (inbound.media().empty()) {
        const Segments segments = count_segments(event.text);
        inbound.set_encoding(segments.encoding);
        if (inbound.segments() == 0) inbound.set_segments(segments.count);
    }
    inbound.set_keyword(keyword_of(event.text));
    const std::optional<ConsentWord> said = inbound.complete() ? consent_of(event.text, words) : std::nullopt;
    const v1::Sms::Consent::Action handled = action_of(event.handled_consent);
    if (!said && handled == v1::Sms::Consent::ACTION_UNSPECIFIED) return;
    v1::Sms::Consent& consent = *event.body.mutable_consent();
    *consent.mutable_who() = inbound.from();
    if (!inbound.to().empty()) *consent.mutable_ours() = inbound.to(0);
    consent.set_handled_by_provider(handled != v1::Sms::Consent::ACTION_UNSPECIFIED);
    consent.set_action(consent.handled_by_provider() ? handled : said->action);
    consent.set_keyword(said ? said->word : inbound.keyword());
}

Reading normalise(const Provider& provider, Payload& payload, const Verdict& verdict, const ConsentWords& words,
                  std::vector<Event>& events) {
    events.clear();
    Reading reading = provider.read(payload, events);
    const auto is_between = [](const Event& event) {
        return !event.is_message() || (!event.service().empty() && !event.remote().empty());
    };
    if (!std::ranges::all_of(events, is_between)) reading = Reading::unreadable;
    if (reading != Reading::taken) {
        events.clear();
        return reading;
    }
    const auto raw = std::make_shared<const std::string>(raw_of(payload));
    for (Event& event : events) {
        event.body.set_provider(std::string(provider.name));
        event.body.set_event_key(std::string(provider.name) + ":" + event.body.event_key());
        if (event.body.account().empty()) event.body.set_account(verdict.account);
        if (event.is_message())
            complete_text(event, words);
        else
            complete_delivery(*event.body.mutable_delivery());
        add_verification(event.body, verdict);
        event.raw = raw;
    }
    return reading;
}

std::string scope_of(std::string_view service, std::string_view remote) {
    std::string scope;
    append_part(scope, service);
    scope += '/';
    append_part(scope, remote);
    return scope;
}

std::pair<std::string, std::string> parties_of(std::string_view scope) {
    const std::size_t slash = scope.find('/');
    if (slash == scope.npos) return {{}, part_of(scope)};
    return {part_of(scope.substr(0, slash)), part_of(scope.substr(slash + 1))};
}

void append_fields(std::string& out, const Event& event, std::string_view scope) {
    const std::string_view raw = event.raw ? std::string_view(*event.raw) : std::string_view();
    out.reserve(out.size() + event.body.ByteSizeLong() + raw.size() + 2 * scope.size());
    append_body(out, event.body, raw);
    append_bytes(out, v1::ChannelMessage::kReplyToFieldNumber, scope.size());
    out += scope;
}

std::string unread_fields_of(const Provider& provider, const Payload& payload, const Verdict& verdict) {
    v1::Sms body;
    body.set_provider(std::string(provider.name));
    body.set_account(verdict.account);
    body.set_event_key(std::string(provider.name) + ":" + verdict.replay_key);
    add_verification(body, verdict);
    std::string fields;
    append_body(fields, body, raw_of(payload));
    return fields;
}

}  // namespace millrace::sms
