#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "adapters/common/crypto.hpp"
#include "adapters/sms/signature_scheme.hpp"

namespace millrace::sms {

// One secret, made ready for one scheme. Thread: any, several at a time.
struct SignatureKey {
    // `secret` as SignatureVerifier::make() has it. Absent where it is none for the scheme; then `error` has a sentence
    // without its end.
    static std::optional<SignatureKey> make(const SignatureScheme& scheme, std::string_view secret, std::string& error);

    std::string text;  // The secret's bytes.
    std::optional<HmacKey> mac{};
    std::optional<HmacKey> longer_macs[2]{};  // Of tokens: SHA-384, SHA-512.
    std::optional<Ed25519PublicKey> public_key{};

    // What a right signature of this text is, encoded; of Proof::mac and digest_with_secret.
    std::string proof_of(const SignatureScheme& scheme, std::string_view signed_text) const;

    // Null for a digest that tokens do not have.
    const HmacKey* mac_of(Digest digest) const;
};

// What `standard-webhooks` writes before its secrets.
inline constexpr std::string_view kSecretPrefix = "whsec_";

}  // namespace millrace::sms
