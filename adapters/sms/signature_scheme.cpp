#include "adapters/sms/signature_scheme.hpp"

#include <algorithm>
#include <array>

namespace millrace::sms {
namespace {

constexpr JwtRules kVonage{.issuer = "Vonage",
                           .digests = "HS256",
                           .tolerance_s = 0,
                           .needs_expiry = false,
                           .has_url_hash = false,
                           .key_claim = "api_key"};

constexpr JwtRules kMessageBird{.issuer = "MessageBird",
                                .digests = "HS256 HS384 HS512",
                                .tolerance_s = 5,
                                .needs_expiry = true,
                                .has_url_hash = true,
                                .key_claim = ""};

constexpr SignatureScheme plivo(std::string_view name, std::string_view signature, std::string_view nonce, bool is_v3) {
    return {.name = name,
            .proof = Proof::mac,
            .text = is_v3 ? sorted_url_fields_nonce : bare_url_nonce,
            .signature = signature,
            .nonce = nonce,
            .separator = is_v3 ? ',' : '\0',
            .other_body = is_v3 ? OtherBody::refused : OtherBody::signed_text,
            .covers_body = is_v3};
}

constexpr SignatureScheme vonage(std::string_view name, Proof proof, Digest digest) {
    return {.name = name,
            .proof = proof,
            .digest = digest,
            .encoding = Encoding::hex,
            .text = ampersand_fields,
            .place = Place::field,
            .signature = "sig",
            .time = "timestamp",
            .window_s = 300};
}

constexpr std::array kSchemes = {
    SignatureScheme{.name = "none", .proof = Proof::none, .covers_body = false},
    SignatureScheme{.name = "twilio",
                    .proof = Proof::mac,
                    .digest = Digest::sha1,
                    .text = url_and_fields,
                    .signature = "x-twilio-signature",
                    .other_body = OtherBody::digest_in_url},
    vonage("vonage-md5hash", Proof::digest_with_secret, Digest::md5),
    vonage("vonage-md5", Proof::mac, Digest::md5),
    vonage("vonage-sha1", Proof::mac, Digest::sha1),
    vonage("vonage-sha256", Proof::mac, Digest::sha256),
    vonage("vonage-sha512", Proof::mac, Digest::sha512),
    SignatureScheme{.name = "vonage-jwt",
                    .proof = Proof::jwt,
                    .signature = "authorization",
                    .time = "iat",
                    .window_s = 300,
                    .jwt = &kVonage},
    plivo("plivo-v3", "x-plivo-signature-v3", "x-plivo-signature-v3-nonce", true),
    plivo("plivo-ma-v3", "x-plivo-signature-ma-v3", "x-plivo-signature-v3-nonce", true),
    plivo("plivo-v2", "x-plivo-signature-v2", "x-plivo-signature-v2-nonce", false),
    plivo("plivo-ma-v2", "x-plivo-signature-ma-v2", "x-plivo-signature-v2-nonce", false),
    SignatureScheme{.name = "plivo-v1",
                    .proof = Proof::mac,
                    .digest = Digest::sha1,
                    .text = url_and_all_fields,
                    .signature = "x-plivo-signature",
                    .other_body = OtherBody::refused},
    SignatureScheme{
        .name = "messagebird-jwt", .proof = Proof::jwt, .signature = "messagebird-signature-jwt", .jwt = &kMessageBird},
    SignatureScheme{.name = "messagebird-hmac",
                    .proof = Proof::mac,
                    .text = time_query_digest,
                    .signature = "messagebird-signature",
                    .time = "messagebird-request-timestamp",
                    .window_s = 99},
    SignatureScheme{.name = "telnyx",
                    .proof = Proof::ed25519,
                    .text = time_body,
                    .signature = "telnyx-signature-ed25519",
                    .time = "telnyx-timestamp",
                    .window_s = 300},
    SignatureScheme{.name = "sinch",
                    .proof = Proof::mac,
                    .text = body_nonce_time,
                    .signature = "x-sinch-webhook-signature",
                    .nonce = "x-sinch-webhook-signature-nonce",
                    .time = "x-sinch-webhook-signature-timestamp",
                    .window_s = 300},
    SignatureScheme{.name = "sinch-numbers",
                    .proof = Proof::mac,
                    .digest = Digest::sha1,
                    .encoding = Encoding::hex,
                    .text = body_alone,
                    .signature = "x-sinch-signature"},
    SignatureScheme{.name = "basic", .proof = Proof::basic, .signature = "authorization", .covers_body = false},
    SignatureScheme{.name = "standard-webhooks",
                    .proof = Proof::mac,
                    .text = nonce_time_body,
                    .signature = "webhook-signature",
                    .nonce = "webhook-id",
                    .time = "webhook-timestamp",
                    .window_s = 300,
                    .separator = ' ',
                    .version = "v1,"},
};

}  // namespace

std::span<const SignatureScheme> signature_schemes() { return kSchemes; }

const SignatureScheme* find_scheme(std::string_view name) {
    const auto* const found =
        std::find_if(kSchemes.begin(), kSchemes.end(), [name](const SignatureScheme& it) { return it.name == name; });
    return found == kSchemes.end() ? nullptr : found;
}

}  // namespace millrace::sms
