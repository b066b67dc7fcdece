#pragma once

#include <memory>
#include <string>
#include <string_view>

struct evp_md_ctx_st;
struct evp_md_st;

namespace millrace {

// SHA-256 by OpenSSL's libcrypto. Keeps its context, so that one after the other costs no allocation. Not thread-safe.
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
        void operator()(evp_md_st* digest) const;
    };

    std::unique_ptr<evp_md_st, Free> digest_;
    std::unique_ptr<evp_md_ctx_st, Free> context_;
};

}  // namespace millrace
