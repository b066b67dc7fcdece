#include "tests/support/tls_client.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

namespace millrace::testing {

TlsClient::TlsClient(int version, const Certificate* own) : context_(::SSL_CTX_new(TLS_client_method())) {
    ::SSL_CTX_set_security_level(context_, 0);
    ::SSL_CTX_set_min_proto_version(context_, version);
    ::SSL_CTX_set_max_proto_version(context_, version);
    if (own) use(*own);
    ssl_ = ::SSL_new(context_);
    ::SSL_set_bio(ssl_, ::BIO_new(::BIO_s_mem()), ::BIO_new(::BIO_s_mem()));
    ::SSL_set_connect_state(ssl_);
}

TlsClient::~TlsClient() {
    ::SSL_free(ssl_);
    ::SSL_CTX_free(context_);
    ::ERR_clear_error();
}

void TlsClient::use(const Certificate& own) {
    const auto read = [](const std::string& text, auto take) {
        BIO* bio = ::BIO_new_mem_buf(text.data(), static_cast<int>(text.size()));
        auto* object = take(bio, nullptr, nullptr, nullptr);
        ::BIO_free(bio);
        return object;
    };
    X509* certificate = read(own.pem, ::PEM_read_bio_X509);
    EVP_PKEY* key = read(own.key_pem, ::PEM_read_bio_PrivateKey);
    ::SSL_CTX_use_certificate(context_, certificate);
    ::SSL_CTX_use_PrivateKey(context_, key);
    ::X509_free(certificate);
    ::EVP_PKEY_free(key);
}

std::string TlsClient::turn(std::string& from_server) {
    ::BIO_write(::SSL_get_rbio(ssl_), from_server.data(), static_cast<int>(from_server.size()));
    from_server.clear();
    char buffer[16 << 10];
    for (int size = 0; (size = ::SSL_read(ssl_, buffer, sizeof buffer)) > 0;)
        heard_.append(buffer, static_cast<std::size_t>(size));
    return take();
}

std::string TlsClient::say(std::string_view text) {
    if (::SSL_write(ssl_, text.data(), static_cast<int>(text.size())) != static_cast<int>(text.size())) return {};
    return take();
}

std::string TlsClient::renegotiate() {
    ::SSL_renegotiate(ssl_);
    ::SSL_do_handshake(ssl_);
    return take();
}

std::string TlsClient::leave() {
    ::SSL_shutdown(ssl_);
    return take();
}

bool TlsClient::is_established() const { return ::SSL_is_init_finished(ssl_) == 1; }

bool TlsClient::was_told_of_the_end() const { return (::SSL_get_shutdown(ssl_) & SSL_RECEIVED_SHUTDOWN) != 0; }

std::string TlsClient::take() {
    char* data = nullptr;
    const long size = BIO_get_mem_data(::SSL_get_wbio(ssl_), &data);
    std::string text(data, static_cast<std::size_t>(size));
    (void)BIO_reset(::SSL_get_wbio(ssl_));
    return text;
}

void leave_an_error() { ERR_raise(ERR_LIB_USER, 1); }

}  // namespace millrace::testing
