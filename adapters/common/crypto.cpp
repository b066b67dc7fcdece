#include "adapters/common/crypto.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <array>
#include <atomic>
#include <utility>

namespace millrace {
namespace {

template <auto Free> struct Freed {
    template <class Type> void operator()(Type* it) const { Free(it); }
};

using MdContext = std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>>;
using MacContext = std::unique_ptr<EVP_MAC_CTX, Freed<EVP_MAC_CTX_free>>;
using Mac = std::unique_ptr<EVP_MAC, Freed<EVP_MAC_free>>;

const unsigned char* bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

std::shared_ptr<void> shared(EVP_PKEY* key) {
    return {key, [](void* it) { EVP_PKEY_free(static_cast<EVP_PKEY*>(it)); }};
}

// The context may have been used with its key before.
std::string mac_of(EVP_MAC_CTX* context, std::initializer_list<std::string_view> pieces) {
    if (EVP_MAC_init(context, nullptr, 0, nullptr) != 1) return {};
    for (const std::string_view piece : pieces) {
        if (EVP_MAC_update(context, bytes(piece), piece.size()) != 1) return {};
    }
    std::array<unsigned char, EVP_MAX_MD_SIZE> result;
    std::size_t size = 0;
    if (EVP_MAC_final(context, result.data(), &size, result.size()) != 1) return {};
    return {reinterpret_cast<const char*>(result.data()), size};
}

EVP_PKEY* pkey(const std::shared_ptr<void>& key) { return static_cast<EVP_PKEY*>(key.get()); }

}  // namespace

bool is_same_secret(std::string_view expected, std::string_view given) {
    if (expected.empty() || expected.size() != given.size()) return false;
    return CRYPTO_memcmp(expected.data(), given.data(), expected.size()) == 0;
}

// Copying a context costs as much as a short MAC: only who finds the one that is ready in use does.
struct HmacKey::Impl {
    MacContext context;
    std::atomic_flag is_used = ATOMIC_FLAG_INIT;
};

HmacKey::HmacKey(Digest kind, std::string_view key) : impl_(std::make_unique<Impl>()) {
    const Mac mac(EVP_MAC_fetch(nullptr, OSSL_MAC_NAME_HMAC, nullptr));
    if (!mac) return;
    MacContext context(EVP_MAC_CTX_new(mac.get()));
    std::string name(name_of(kind));
    const std::array<OSSL_PARAM, 2> params = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name.data(), name.size()), OSSL_PARAM_construct_end()};
    const std::string_view not_null = key.data() ? key : std::string_view("");
    if (!context || EVP_MAC_init(context.get(), bytes(not_null), not_null.size(), params.data()) != 1) return;
    impl_->context = std::move(context);
}

HmacKey::~HmacKey() = default;
HmacKey::HmacKey(HmacKey&& other) noexcept = default;
HmacKey& HmacKey::operator=(HmacKey&& other) noexcept = default;

std::string HmacKey::mac(std::initializer_list<std::string_view> pieces) const {
    EVP_MAC_CTX* const own = impl_->context.get();
    if (!own) return {};
    if (impl_->is_used.test_and_set(std::memory_order_acquire)) {
        const MacContext copy(EVP_MAC_CTX_dup(own));
        return copy ? mac_of(copy.get(), pieces) : std::string();
    }
    std::string result = mac_of(own, pieces);
    impl_->is_used.clear(std::memory_order_release);
    return result;
}

std::optional<Ed25519PublicKey> Ed25519PublicKey::make(std::string_view text) {
    if (text.size() != kBytes) return std::nullopt;
    Ed25519PublicKey made;
    made.key_ = shared(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes(text), text.size()));
    if (!made.key_) return std::nullopt;
    return made;
}

bool Ed25519PublicKey::verify(std::string_view message, std::string_view signature) const {
    const MdContext context(EVP_MD_CTX_new());
    return context && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, pkey(key_)) == 1 &&
           EVP_DigestVerify(context.get(), bytes(signature), signature.size(), bytes(message), message.size()) == 1;
}

std::optional<Ed25519PrivateKey> Ed25519PrivateKey::make(std::string_view seed) {
    if (seed.size() != Ed25519PublicKey::kBytes) return std::nullopt;
    Ed25519PrivateKey made;
    made.key_ = shared(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, bytes(seed), seed.size()));
    if (!made.key_) return std::nullopt;
    return made;
}

std::string Ed25519PrivateKey::sign(std::string_view message) const {
    const MdContext context(EVP_MD_CTX_new());
    std::string signature(Ed25519PublicKey::kSignatureBytes, '\0');
    std::size_t size = signature.size();
    if (!context || EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, pkey(key_)) != 1 ||
        EVP_DigestSign(context.get(), bytes(signature), &size, bytes(message), message.size()) != 1)
        return {};
    return signature;
}

std::string Ed25519PrivateKey::public_key() const {
    std::string key(Ed25519PublicKey::kBytes, '\0');
    std::size_t size = key.size();
    return EVP_PKEY_get_raw_public_key(pkey(key_), bytes(key), &size) == 1 ? key : std::string();
}

}  // namespace millrace
