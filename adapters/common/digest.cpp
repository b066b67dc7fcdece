#include "adapters/common/digest.hpp"

#include <openssl/evp.h>

#include <new>

namespace millrace {
namespace {

// OpenSSL fails here only where it has no memory, or no SHA-256.
void require(bool is_good) {
    if (!is_good) throw std::bad_alloc();
}

}  // namespace

void Sha256::Free::operator()(evp_md_ctx_st* context) const { EVP_MD_CTX_free(context); }
void Sha256::Free::operator()(evp_md_st* digest) const { EVP_MD_free(digest); }

Sha256::Sha256() : digest_(EVP_MD_fetch(nullptr, "SHA256", nullptr)), context_(EVP_MD_CTX_new()) {
    require(digest_ != nullptr && context_ != nullptr);
    require(EVP_DigestInit_ex2(context_.get(), digest_.get(), nullptr) == 1);
}

void Sha256::add(std::string_view bytes) { require(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1); }

std::string Sha256::finish() {
    std::string result(kBytes, '\0');
    require(EVP_DigestFinal_ex(context_.get(), reinterpret_cast<unsigned char*>(result.data()), nullptr) == 1);
    require(EVP_DigestInit_ex2(context_.get(), nullptr, nullptr) == 1);
    return result;
}

}  // namespace millrace
