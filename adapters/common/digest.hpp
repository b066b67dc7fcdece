#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

struct evp_md_ctx_st;

// Digests, by OpenSSL's libcrypto: bytes in, bytes out.
namespace millrace {

enum class Digest { md5, sha1, sha256, sha384, sha512 };

// As OpenSSL calls it.
std::string_view name_of(Digest kind);

// Of all pieces, one behind the other. Empty where OpenSSL is without it, as it is without MD5 in FIPS mode.
// Thread: any.
std::string digest(Digest kind, std::initializer_list<std::string_view> pieces);

// SHA-256 of what comes in pieces, one after the other without an allocation. Not thread-safe.
class Sha256 {
  public:
    static constexpr std::size_t kBytes = 32;

    Sha256();

    void add(std::string_view bytes);

    // Of all that was added since the last one: 32 octets. Begins anew.
    std::string finish();

    std::string of(std::string_view bytes) {
        add(bytes);
        return finish();
    }

  private:
    struct Free {
        void operator()(evp_md_ctx_st* context) const;
    };

    std::unique_ptr<evp_md_ctx_st, Free> context_;
};

}  // namespace millrace
