#include "adapters/sms/signature_key.hpp"

#include <utility>

#include "adapters/common/base64.hpp"

namespace millrace::sms {

std::optional<SignatureKey> SignatureKey::make(const SignatureScheme& scheme, std::string_view secret,
                                               std::string& error) {
    SignatureKey key;
    key.text = secret;
    if (scheme.proof == Proof::none) return key;
    if (secret.empty()) {
        error = "the secret is empty";
        return std::nullopt;
    }
    if (scheme.proof == Proof::ed25519) {
        const std::optional<std::string> bytes = base64_decoded(secret);
        if (bytes) key.public_key = Ed25519PublicKey::make(*bytes);
        if (!key.public_key) error = "the public key is 32 bytes in base64";
        return key.public_key ? std::optional(std::move(key)) : std::nullopt;
    }
    if (scheme.proof == Proof::basic && secret.find(':') == secret.npos) {
        error = "the secret is `user:password`";
        return std::nullopt;
    }
    if (!scheme.version.empty()) {
        if (secret.starts_with(kSecretPrefix)) secret.remove_prefix(kSecretPrefix.size());
        std::optional<std::string> bytes = base64_decoded(secret);
        if (!bytes || bytes->empty()) {
            error = "the secret is `whsec_` and base64";
            return std::nullopt;
        }
        key.text = std::move(*bytes);
    }
    if (scheme.proof == Proof::mac || scheme.proof == Proof::jwt) key.mac.emplace(scheme.digest, key.text);
    if (scheme.proof == Proof::jwt) {
        key.longer_macs[0].emplace(Digest::sha384, key.text);
        key.longer_macs[1].emplace(Digest::sha512, key.text);
    }
    return key;
}

std::string SignatureKey::proof_of(const SignatureScheme& scheme, std::string_view signed_text) const {
    const std::string bytes = mac ? mac->mac({signed_text}) : digest(scheme.digest, {signed_text, text});
    return scheme.encoding == Encoding::hex ? hex_encoded(bytes) : base64_encoded(bytes);
}

const HmacKey* SignatureKey::mac_of(Digest digest) const {
    if (digest == Digest::sha256) return &*mac;
    if (digest == Digest::sha384) return &*longer_macs[0];
    return digest == Digest::sha512 ? &*longer_macs[1] : nullptr;
}

}  // namespace millrace::sms
