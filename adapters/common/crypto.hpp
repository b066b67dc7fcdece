#pragma once

#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/common/digest.hpp"

// MACs and signatures: beside TLS and digest.hpp the only user of OpenSSL. Bytes in, bytes out; texts are made of them
// by base64.hpp. What is made once may be used by any thread, by several at a time.
//
// Errors    OpenSSL may be configured without an algorithm (MD5, in FIPS mode): results are then empty, and no
//           comparison with what is_same_secret() takes succeeds.
namespace millrace {

// Whether two texts are equal, in a time that depends on their lengths alone. Two empty ones are not.
bool is_same_secret(std::string_view expected, std::string_view given);

// HMAC (RFC 2104) with one key, made ready once.
class HmacKey {
  public:
    HmacKey(Digest kind, std::string_view key);
    ~HmacKey();
    HmacKey(HmacKey&& other) noexcept;
    HmacKey& operator=(HmacKey&& other) noexcept;

    std::string mac(std::initializer_list<std::string_view> pieces) const;

  private:
    struct Impl;

    std::unique_ptr<Impl> impl_;
};

// Ed25519 (RFC 8032 §5.1) of a message that lies in one piece.
class Ed25519PublicKey {
  public:
    static constexpr std::size_t kBytes = 32;
    static constexpr std::size_t kSignatureBytes = 64;

    // Absent where it is not kBytes long.
    static std::optional<Ed25519PublicKey> make(std::string_view bytes);

    bool verify(std::string_view message, std::string_view signature) const;

  private:
    std::shared_ptr<void> key_;
};

class Ed25519PrivateKey {
  public:
    // Of a seed of 32 bytes; absent where it is of another length.
    static std::optional<Ed25519PrivateKey> make(std::string_view seed);

    std::string sign(std::string_view message) const;
    std::string public_key() const;

  private:
    std::shared_ptr<void> key_;
};

}  // namespace millrace
