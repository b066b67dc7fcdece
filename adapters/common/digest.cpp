#include "adapters/common/digest.hpp"

#include <openssl/evp.h>

#include <array>
#include <new>

namespace millrace {
namespace {

constexpr std::array<const char*, 5> kNames = {"MD5", "SHA1", "SHA256", "SHA384", "SHA512"};

// Looked up once: a lookup takes longer than a digest of some hundred bytes.
const EVP_MD* md_of(Digest kind) {
    static const std::array<EVP_MD*, 5> kFetched = [] {
        std::array<EVP_MD*, 5> all{};
        for (std::size_t i = 0; i < all.size(); ++i) all[i] = EVP_MD_fetch(nullptr, kNames[i], nullptr);
        return all;
    }();
    return kFetched[static_cast<std::size_t>(kind)];
}

unsigned char* bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

// OpenSSL fails here only where it has no memory, or no SHA-256.
void require(bool is_good) {
    if (!is_good) throw std::bad_alloc();
}

}  // namespace

std::string_view name_of(Digest kind) { return kNames[static_cast<std::size_t>(kind)]; }

std::string digest(Digest kind, std::initializer_list<std::string_view> pieces) {
    struct Freed {
        void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
    };
    const EVP_MD* const md = md_of(kind);
    const std::unique_ptr<EVP_MD_CTX, Freed> context(EVP_MD_CTX_new());
    if (!md || !context || EVP_DigestInit_ex2(context.get(), md, nullptr) != 1) return {};
    for (const std::string_view piece : pieces) {
        if (EVP_DigestUpdate(context.get(), piece.data(), piece.size()) != 1) return {};
    }
    std::string result(static_cast<std::size_t>(EVP_MD_get_size(md)), '\0');
    if (EVP_DigestFinal_ex(context.get(), bytes(result), nullptr) != 1) return {};
    return result;
}

void Sha256::Free::operator()(evp_md_ctx_st* context) const { EVP_MD_CTX_free(context); }

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
    require(md_of(Digest::sha256) != nullptr && context_ != nullptr);
    require(EVP_DigestInit_ex2(context_.get(), md_of(Digest::sha256), nullptr) == 1);
}

void Sha256::add(std::string_view bytes) { require(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1); }

std::string Sha256::finish() {
    std::string result(kBytes, '\0');
    require(EVP_DigestFinal_ex(context_.get(), bytes(result), nullptr) == 1);
    require(EVP_DigestInit_ex2(context_.get(), nullptr, nullptr) == 1);
    return result;
}

}  // namespace millrace
