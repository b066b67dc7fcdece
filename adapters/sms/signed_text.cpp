#include "adapters/sms/signed_text.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "adapters/common/crypto.hpp"
#include "adapters/common/url_parts.hpp"
#include "adapters/sms/url_forms.hpp"

namespace millrace::sms {
namespace {

// Providers sort by UTF-16 code units: what is outside of the BMP comes before U+E000.
bool is_before(std::string_view a, std::string_view b) {
    const auto [x, y] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
    if (x == a.end() || y == b.end()) return x == a.end() && y != b.end();
    const auto weight = [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte == 0xEE || byte == 0xEF ? byte + 0x20 : static_cast<int>(byte);
    };
    return weight(*x) < weight(*y);
}

using Sorted = std::vector<const FormField*>;

Sorted sorted(const FormFields& form, const FormFields& more = {}) {
    Sorted fields;
    fields.reserve(form.size() + more.size());
    for (const FormField& field : form) fields.push_back(&field);
    for (const FormField& field : more) fields.push_back(&field);
    std::stable_sort(fields.begin(), fields.end(), [](const FormField* a, const FormField* b) {
        return a->name == b->name ? is_before(a->value, b->value) : is_before(a->name, b->name);
    });
    return fields;
}

void append_all(std::string& text, const Sorted& fields) {
    for (const FormField* field : fields) (text += field->name) += field->value;
}

void append_query(std::string& text, const Sorted& fields) {
    for (std::size_t i = 0; i < fields.size(); ++i) {
        if (i > 0) text += '&';
        ((text += fields[i]->name) += '=') += fields[i]->value;
    }
}

std::string bare(std::string_view url) {
    const UrlParts parts = split_url(url);
    UrlParts anonymous = parts;
    anonymous.user_info = {};
    return anonymous.origin(parts.port).append(parts.path);
}

}  // namespace

bool url_and_fields(const SignedParts& parts, std::size_t variant, std::string& text, std::string_view& form) {
    if (variant >= kUrlForms) return false;
    UrlForm url = url_form(parts.payload.webhook().url, variant);
    form = url.name;
    text = std::move(url.url);
    if (has_field(parts.payload.query(), "bodySHA256")) return true;
    const FormField* last = nullptr;
    for (const FormField* field : sorted(parts.payload.form())) {
        if (last && last->name == field->name && last->value == field->value) continue;
        (text += field->name) += field->value;
        last = field;
    }
    return true;
}

bool ampersand_fields(const SignedParts& parts, std::size_t variant, std::string& text, std::string_view&) {
    if (variant > 0) return false;
    text.clear();
    for (const FormField* field : sorted(parts.payload.fields())) {
        if (field->name == "sig") continue;
        ((text += '&') += field->name) += '=';
        const std::size_t begin = text.size();
        text += field->value;
        std::replace_if(
            text.begin() + static_cast<std::ptrdiff_t>(begin), text.end(), [](char c) { return c == '&' || c == '='; },
            '_');
    }
    return true;
}

bool url_and_all_fields(const SignedParts& parts, std::size_t variant, std::string& text, std::string_view&) {
    if (variant > 0) return false;
    text = parts.payload.webhook().url;
    append_all(text, sorted(parts.payload.form()));
    return true;
}

bool bare_url_nonce(const SignedParts& parts, std::size_t variant, std::string& text, std::string_view&) {
    if (variant > 0) return false;
    text = bare(parts.payload.webhook().url).append(parts.nonce);
    return true;
}

bool sorted_url_fields_nonce(const SignedParts& parts, std::size_t variant, std::string& text, std::string_view& form) {
    const Webhook& webhook = parts.payload.webhook();
    const FormFields& fields = parts.payload.form();
    const bool is_get = webhook.method == "GET";
    if (!is_get && webhook.method != "POST") return false;
    // Without fields some of Plivo's libraries write what would stand before them, and some do not.
    const std::size_t variants = is_get || !fields.empty() ? 1 : 2;
    if (variant >= variants) return false;
    const bool has_fields = !is_get && (!fields.empty() || variant == 1);
    form = variant == 1 ? "empty-fields" : "plain";
    const Sorted query = is_get ? sorted(parts.payload.query(), fields) : sorted(parts.payload.query());
    text = bare(webhook.url);
    if (!query.empty() || has_fields) text += '?';
    append_query(text, query);
    if (!query.empty() && has_fields) text += '.';
    if (!is_get) append_all(text, sorted(fields));
    (text += '.').append(parts.nonce);
    return true;
}

bool time_query_digest(const SignedParts& parts, std::size_t variant, std::string& text, std::string_view&) {
    if (variant > 0) return false;
    std::string query;
    for (const FormField* field : sorted(parts.payload.query())) {
        std::string value = field->value;
        if (field->name == "statusDatetime") std::replace(value.begin(), value.end(), ' ', '+');
        append_field(query, field->name, value);
    }
    text = parts.time;
    ((text += '\n') += query) += '\n';
    text += digest(Digest::sha256, {parts.payload.webhook().body});
    return true;
}

bool time_body(const SignedParts& parts, std::size_t variant, std::string& text, std::string_view&) {
    if (variant > 0) return false;
    text = parts.time;
    (text += '|').append(parts.payload.webhook().body);
    return true;
}

bool body_nonce_time(const SignedParts& parts, std::size_t variant, std::string& text, std::string_view&) {
    if (variant > 0) return false;
    text = parts.payload.webhook().body;
    ((text += '.').append(parts.nonce) += '.').append(parts.time);
    return true;
}

bool nonce_time_body(const SignedParts& parts, std::size_t variant, std::string& text, std::string_view&) {
    if (variant > 0) return false;
    text = parts.nonce;
    ((text += '.').append(parts.time) += '.').append(parts.payload.webhook().body);
    return true;
}

bool body_alone(const SignedParts& parts, std::size_t variant, std::string& text, std::string_view&) {
    if (variant > 0) return false;
    text = parts.payload.webhook().body;
    return true;
}

}  // namespace millrace::sms
