#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "adapters/common/crypto.hpp"
#include "adapters/sms/signed_text.hpp"

// How providers sign their webhooks: one table, a row a scheme. README.md shows it to people.
namespace millrace::sms {

// What shows that the sender knows the secret.
enum class Proof : std::uint8_t {
    none,
    mac,                 // HMAC of the signed text.
    digest_with_secret,  // A digest of the signed text with the secret behind it.
    ed25519,             // A signature of the signed text. The secret is the public key.
    jwt,                 // A token with claims about the request.
    basic,               // `user:password` (RFC 7617).
};

enum class Encoding : std::uint8_t { base64, hex };

// Where signature and time are.
enum class Place : std::uint8_t { header, field };

// What a body that is not a form may be.
enum class OtherBody : std::uint8_t {
    signed_text,    // It is part of the signed text, or not signed at all.
    refused,        // It would not be signed.
    digest_in_url,  // The query has its SHA-256, and is signed.
};

// What a token says.
struct JwtRules {
    std::string_view issuer;
    std::string_view digests;    // The algorithms that may be, between spaces.
    std::int64_t tolerance_s;    // Of `nbf` and `exp`.
    bool needs_expiry;           // `exp`; else `iat` is held to the window.
    bool has_url_hash;           // `url_hash`: hex of the SHA-256 of the URL.
    std::string_view key_claim;  // That names the account; empty: none does.
};

struct SignatureScheme {
    std::string_view name;
    Proof proof;
    Digest digest = Digest::sha256;
    Encoding encoding = Encoding::base64;
    SignedText text = nullptr;
    Place place = Place::header;
    std::string_view
        signature{};           // The name of the header or field; of a token and of Basic, `authorization` or a header.
    std::string_view nonce{};  // Of a header. Empty: there is none, and so on.
    std::string_view time{};
    std::int64_t window_s = 0;   // How far the time may be from ours, in both directions. 0: it does not matter.
    char separator = '\0';       // Between several signatures, one of which has to fit. 0: there is one.
    std::string_view version{};  // What stands before each; others are passed over.
    OtherBody other_body = OtherBody::signed_text;
    bool covers_body = true;
    const JwtRules* jwt = nullptr;
};

std::span<const SignatureScheme> signature_schemes();

// Null where there is none of that name.
const SignatureScheme* find_scheme(std::string_view name);

}  // namespace millrace::sms
