#include "adapters/sms/signature.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "adapters/common/base64.hpp"
#include "adapters/sms/signature_key.hpp"
#include "adapters/sms/token.hpp"

namespace millrace::sms {
namespace {

struct Row {
    const SignatureScheme* scheme;
    std::vector<SignatureKey> keys;
};

std::optional<std::string_view> part(Payload& payload, Place place, std::string_view name) {
    if (place == Place::header) return payload.webhook().header(name);
    std::optional<std::string_view> found;
    for (const FormField& field : payload.fields()) {
        if (field.name != name) continue;
        if (found) return std::nullopt;
        found = field.value;
    }
    return found;
}

// Digits alone.
std::optional<std::int64_t> seconds_of(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || text.front() == '-' || error != std::errc() || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

std::string lower(std::string_view text) {
    std::string result(text);
    for (char& c : result) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return result;
}

// Whether one of those that the header has is the expected one. All are looked at, whichever fits.
bool has_signature(const SignatureScheme& scheme, std::string_view given, std::string_view expected) {
    bool is_there = false;
    for (bool is_last = false; !is_last;) {
        const std::size_t end = scheme.separator == '\0' ? given.npos : given.find(scheme.separator);
        std::string_view one = given.substr(0, end);
        is_last = end == given.npos;
        if (!is_last) given.remove_prefix(end + 1);
        if (!one.starts_with(scheme.version)) continue;
        one.remove_prefix(scheme.version.size());
        is_there |=
            scheme.encoding == Encoding::hex ? is_same_secret(expected, lower(one)) : is_same_secret(expected, one);
    }
    return is_there;
}

// Whether the scheme's signature covers the body at all.
Refusal check_body(const SignatureScheme& scheme, Payload& payload) {
    if (scheme.other_body == OtherBody::signed_text) return Refusal::none;
    if (scheme.other_body == OtherBody::digest_in_url && has_field(payload.query(), "bodySHA256")) {
        const std::string hex = hex_encoded(digest(Digest::sha256, {payload.webhook().body}));
        return is_same_secret(hex, value_of(payload.query(), "bodySHA256")) ? Refusal::none : Refusal::wrong;
    }
    const bool is_form = payload.content() == Payload::Content::form || payload.content() == Payload::Content::none;
    return is_form ? Refusal::none : Refusal::unsigned_body;
}

void verify_text(const Row& row, Payload& payload, const SignedParts& parts, std::string_view given, Verdict& verdict) {
    const SignatureScheme& scheme = *row.scheme;
    std::string text;
    for (std::size_t variant = 0; scheme.text(parts, variant, text, verdict.url_form); ++variant) {
        for (std::size_t i = 0; i < row.keys.size(); ++i) {
            const SignatureKey& key = row.keys[i];
            if (key.public_key) {
                const std::optional<std::string> signature = base64_decoded(given);
                if (!signature || !key.public_key->verify(text, *signature)) continue;
                verdict.replay_key = hex_encoded(digest(Digest::sha256, {text}));
            } else {
                const std::string expected = key.proof_of(scheme, text);
                if (!has_signature(scheme, given, expected)) continue;
                verdict.replay_key = expected;
            }
            verdict.secret = static_cast<std::uint32_t>(i);
            verdict.refusal = check_body(scheme, payload);
            return;
        }
    }
    verdict.url_form = {};
    verdict.refusal = Refusal::wrong;
}

void verify_basic(const Row& row, const Webhook& webhook, Verdict& verdict) {
    const std::optional<std::string_view> header = webhook.header(row.scheme->signature);
    const std::optional<std::string_view> encoded = header ? credentials_of(*header, "basic") : std::nullopt;
    const std::optional<std::string> given = encoded ? base64_decoded(*encoded) : std::nullopt;
    if (!given) return void(verdict.refusal = header ? Refusal::malformed : Refusal::missing);
    const std::string hidden = digest(Digest::sha256, {*given});
    verdict.refusal = Refusal::wrong;
    for (std::size_t i = 0; i < row.keys.size(); ++i) {
        if (!is_same_secret(digest(Digest::sha256, {row.keys[i].text}), hidden)) continue;
        verdict.secret = static_cast<std::uint32_t>(i);
        verdict.refusal = Refusal::none;
    }
}

void verify_signature(const Row& row, Payload& payload, std::string_view given, std::int64_t now_s, Verdict& verdict) {
    const SignatureScheme& scheme = *row.scheme;
    std::optional<std::string_view> nonce = "";
    std::optional<std::string_view> time = "";
    if (!scheme.nonce.empty()) nonce = part(payload, Place::header, scheme.nonce);
    if (!scheme.time.empty()) time = part(payload, scheme.place, scheme.time);
    if (!nonce || !time || given.empty()) return void(verdict.refusal = Refusal::missing);
    const std::optional<std::int64_t> time_s = seconds_of(*time);
    if (!scheme.time.empty() && !time_s) return void(verdict.refusal = Refusal::malformed);

    verify_text(row, payload, {payload, *nonce, *time}, given, verdict);
    if (!time_s) return;
    verdict.skew_s = now_s - *time_s;
    const bool is_near = *verdict.skew_s <= scheme.window_s && *verdict.skew_s >= -scheme.window_s;
    if (verdict.refusal == Refusal::none && !is_near) verdict.refusal = Refusal::out_of_time;
}

}  // namespace

std::string_view text_of(Refusal refusal) {
    constexpr std::string_view kTexts[] = {
        "it is fine",
        "the signature, its time or its nonce is not there, or is there twice",
        "the signature is not one",
        "the signature does not fit",
        "the signature's time is too far from ours",
        "the body is not signed",
    };
    return kTexts[static_cast<std::size_t>(refusal)];
}

struct SignatureVerifier::Impl {
    std::vector<Row> rows;
};

SignatureVerifier::SignatureVerifier(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SignatureVerifier::~SignatureVerifier() = default;
SignatureVerifier::SignatureVerifier(SignatureVerifier&& other) noexcept = default;
SignatureVerifier& SignatureVerifier::operator=(SignatureVerifier&& other) noexcept = default;

std::optional<SignatureVerifier> SignatureVerifier::make(std::vector<const SignatureScheme*> schemes,
                                                         std::span<const std::string> secrets, std::string& error) {
    auto impl = std::make_unique<Impl>();
    for (const SignatureScheme* scheme : schemes) {
        Row row{scheme, {}};
        if (secrets.empty() && scheme->proof != Proof::none) {
            error = "there is no secret";
            return std::nullopt;
        }
        for (const std::string& secret : secrets) {
            std::optional<SignatureKey> key = SignatureKey::make(*scheme, secret, error);
            if (!key) return std::nullopt;
            row.keys.push_back(std::move(*key));
        }
        impl->rows.push_back(std::move(row));
    }
    return SignatureVerifier(std::move(impl));
}

Verdict SignatureVerifier::verify(Payload& payload, std::int64_t now_s) const {
    Verdict verdict;
    verdict.refusal = Refusal::missing;
    for (const Row& row : impl_->rows) {
        const SignatureScheme& scheme = *row.scheme;
        std::optional<std::string_view> given = "";
        if (scheme.proof != Proof::none) given = part(payload, scheme.place, scheme.signature);
        if (!given) continue;
        verdict.scheme = &scheme;
        verdict.refusal = Refusal::none;
        if (scheme.proof == Proof::jwt)
            verify_token(scheme, row.keys, payload.webhook(), now_s, verdict);
        else if (scheme.proof == Proof::basic)
            verify_basic(row, payload.webhook(), verdict);
        else if (scheme.proof != Proof::none)
            verify_signature(row, payload, *given, now_s, verdict);
        if (verdict.refusal == Refusal::none && verdict.replay_key.empty())
            verdict.replay_key =
                hex_encoded(digest(Digest::sha256, {payload.webhook().url, "\n", payload.webhook().body}));
        return verdict;
    }
    return verdict;
}

}  // namespace millrace::sms
