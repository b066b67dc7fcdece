#include "tests/support/certificates.hpp"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

namespace millrace::testing {
namespace {

constexpr long kDay_s = 86'400;

template <class Write> std::string to_pem(Write write) {
    BIO* bio = ::BIO_new(::BIO_s_mem());
    write(bio);
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    std::string text(data, static_cast<std::size_t>(size));
    ::BIO_free(bio);
    return text;
}

template <class Read> auto from_pem(const std::string& text, Read read) {
    BIO* bio = ::BIO_new_mem_buf(text.data(), static_cast<int>(text.size()));
    auto* object = read(bio, nullptr, nullptr, nullptr);
    ::BIO_free(bio);
    return object;
}

void extend(X509* certificate, int kind, const char* value) {
    X509_EXTENSION* extension = ::X509V3_EXT_conf_nid(nullptr, nullptr, kind, value);
    ::X509_add_ext(certificate, extension, -1);
    ::X509_EXTENSION_free(extension);
}

}  // namespace

Certificate make_certificate(const std::string& name, const Certificate* issuer, long valid_s) {
    EVP_PKEY* key = EVP_EC_gen("P-256");
    X509* made = ::X509_new();
    ::X509_set_version(made, 2);
    std::uint64_t serial = 0;
    ::RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial);
    ::ASN1_INTEGER_set_uint64(::X509_get_serialNumber(made), serial >> 1);
    ::X509_gmtime_adj(::X509_getm_notBefore(made), -kDay_s);
    ::X509_gmtime_adj(::X509_getm_notAfter(made), valid_s);
    ::X509_set_pubkey(made, key);
    ::X509_NAME_add_entry_by_txt(::X509_get_subject_name(made), "CN", MBSTRING_UTF8,
                                 reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    extend(made, NID_basic_constraints, issuer ? "critical,CA:FALSE" : "critical,CA:TRUE");
    X509* by = issuer ? from_pem(issuer->pem, ::PEM_read_bio_X509) : made;
    EVP_PKEY* by_key = issuer ? from_pem(issuer->key_pem, ::PEM_read_bio_PrivateKey) : key;
    ::X509_set_issuer_name(made, ::X509_get_subject_name(by));
    ::X509_sign(made, by_key, ::EVP_sha256());
    Certificate result{to_pem([&](BIO* bio) { ::PEM_write_bio_X509(bio, made); }), to_pem([&](BIO* bio) {
                           ::PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
                       })};
    if (issuer) {
        ::X509_free(by);
        ::EVP_PKEY_free(by_key);
    }
    ::X509_free(made);
    ::EVP_PKEY_free(key);
    return result;
}

std::string make_ed25519_key() {
    EVP_PKEY* key = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
    std::string pem =
        to_pem([&](BIO* bio) { ::PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr); });
    ::EVP_PKEY_free(key);
    return pem;
}

}  // namespace millrace::testing
