#include "adapters/common/tls.hpp"

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <cstring>
#include <ctime>
#include <stdexcept>
#include <utility>

namespace millrace {
namespace {

// TLS 1.2 with forward secrecy and authenticated encryption alone; those of TLS 1.3 are all like that.
constexpr const char* kCiphers = "ECDHE+AESGCM:ECDHE+CHACHA20";
constexpr const char* kGroups = "X25519:P-256:P-384";
constexpr int kRecordBytes = 16 * 1024;
constexpr char kAlertRecord = 21;
constexpr char kHandshakeRecord = 22;

template <auto free> struct Deleter {
    template <class T> void operator()(T* object) const { free(object); }
};
using BioPtr = std::unique_ptr<BIO, Deleter<BIO_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using CertificatePtr = std::unique_ptr<X509, Deleter<X509_free>>;
using ContextPtr = std::unique_ptr<SSL_CTX, Deleter<SSL_CTX_free>>;
using SslPtr = std::unique_ptr<SSL, Deleter<SSL_free>>;

std::string take_error() {
    const unsigned long first = ::ERR_get_error();
    ::ERR_clear_error();
    const char* reason = first == 0 ? nullptr : ::ERR_reason_error_string(first);
    return reason ? reason : "the connection broke off";
}

BioPtr to_bio(std::string_view text) { return BioPtr(::BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); }

// A key with a passphrase is refused: nobody is there to type it.
int no_passphrase(char*, int, int, void*) { return -1; }

CertificatePtr read_certificate(BIO* from) {
    return CertificatePtr(::PEM_read_bio_X509(from, nullptr, no_passphrase, nullptr));
}

// After the last certificate that can be read. Empties OpenSSL's queue.
bool is_whole_behind() {
    const unsigned long end = ::ERR_peek_last_error();
    ::ERR_clear_error();
    return end == 0 || ERR_GET_REASON(end) == PEM_R_NO_START_LINE;
}

constexpr const char* kBrokenOff = "a certificate in it is broken off or damaged";

// Each of the following returns what is wrong, in words, and leaves no error in OpenSSL's queue.
std::string use_certificates(SSL_CTX* context, const std::string& pem) {
    const BioPtr bio = to_bio(pem);
    const CertificatePtr leaf = read_certificate(bio.get());
    if (!leaf) return ::ERR_clear_error(), "there is no certificate in PEM in it";
    if (::SSL_CTX_use_certificate(context, leaf.get()) != 1) return "it cannot be used: " + take_error();
    while (CertificatePtr next = read_certificate(bio.get())) {
        if (::SSL_CTX_add0_chain_cert(context, next.get()) != 1) return "its chain cannot be used: " + take_error();
        static_cast<void>(next.release());
    }
    return is_whole_behind() ? "" : kBrokenOff;
}

std::string use_key(SSL_CTX* context, const std::string& pem) {
    const BioPtr bio = to_bio(pem);
    const KeyPtr key(::PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr));
    // Compared before it is used: with one of another kind the context would look for another certificate.
    const X509* certificate = ::SSL_CTX_get0_certificate(context);
    const bool is_pair = key && certificate && ::X509_check_private_key(certificate, key.get()) == 1 &&
                         ::SSL_CTX_use_PrivateKey(context, key.get()) == 1;
    ::ERR_clear_error();
    if (!key) return "there is no private key in PEM in it, or it needs a passphrase";
    return is_pair || !certificate ? "" : "it is not that of the certificate";
}

std::string trust(SSL_CTX* context, const std::string& pem) {
    const BioPtr bio = to_bio(pem);
    X509_STORE* store = ::SSL_CTX_get_cert_store(context);
    int count = 0;
    for (; CertificatePtr authority = read_certificate(bio.get()); ++count) {
        if (::X509_STORE_add_cert(store, authority.get()) != 1) return "it cannot be used: " + take_error();
        ::SSL_CTX_add_client_CA(context, authority.get());
    }
    const bool is_whole = is_whole_behind();
    if (count == 0) return "there is no certificate in PEM in it";
    return is_whole ? "" : kBrokenOff;
}

std::string demand_clients(SSL_CTX* context, const std::string& pem) {
    if (std::string fault = trust(context, pem); !fault.empty()) return fault;
    ::SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    ::SSL_CTX_set_session_id_context(context, reinterpret_cast<const unsigned char*>("millrace"), 8);
    return {};
}

// At its end the secret is no more.
class Wipe {
  public:
    explicit Wipe(std::string& secret) : secret_(secret) {}
    ~Wipe() { ::OPENSSL_cleanse(secret_.data(), secret_.size()); }
    Wipe(const Wipe&) = delete;

  private:
    std::string& secret_;
};

// Of what a client offers, HTTP/1.1 is all that a WebSocket or a webhook needs.
int choose_protocol(SSL*, const unsigned char** out, unsigned char* size, const unsigned char* in, unsigned int in_size,
                    void*) {
    static constexpr unsigned char kHttp[] = "\x08http/1.1";
    unsigned char* chosen = nullptr;
    if (::SSL_select_next_proto(&chosen, size, kHttp, sizeof kHttp - 1, in, in_size) != OPENSSL_NPN_NEGOTIATED) {
        return SSL_TLSEXT_ERR_NOACK;
    }
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

// As a ClientHello has them: each behind its length.
std::string offer_protocols(SSL_CTX* context, const std::vector<std::string>& names) {
    std::string list;
    for (const std::string& name : names) {
        if (name.empty() || name.size() > 255) return "the name of a protocol has 1 to 255 bytes";
        list.append(1, static_cast<char>(name.size())).append(name);
    }
    const auto* bytes = reinterpret_cast<const unsigned char*>(list.data());
    if (list.empty() || ::SSL_CTX_set_alpn_protos(context, bytes, static_cast<unsigned>(list.size())) == 0) return {};
    return "they cannot be used: " + take_error();
}

// What both sides have in common. Null, and told: OpenSSL lacks it.
ContextPtr make_context(const SSL_METHOD* method, const std::string& min_version, const Config& config) {
    ContextPtr made(::SSL_CTX_new(method));
    SSL_CTX* context = made.get();
    if (!context || ::SSL_CTX_set_cipher_list(context, kCiphers) != 1 ||
        ::SSL_CTX_set1_groups_list(context, kGroups) != 1) {
        config.error("", "OpenSSL lacks what it takes: " + take_error());
        return nullptr;
    }
    ::SSL_CTX_set_min_proto_version(context, min_version == "1.3" ? TLS1_3_VERSION : TLS1_2_VERSION);
    ::SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
    ::SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_AUTO_RETRY);
    ::SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);  // Tickets are kept by the clients.
    return made;
}

// Reports what is wrong under its key.
class Judge {
  public:
    explicit Judge(const Config& config) : config_(config) {}

    void operator()(std::string_view key, const std::string& fault) {
        if (!fault.empty()) config_.error(key, fault);
        is_right_ = is_right_ && fault.empty();
    }
    bool is_right() const { return is_right_; }

  private:
    const Config& config_;
    bool is_right_ = true;
};

}  // namespace

struct TlsContext::Impl {
    ContextPtr context;
    std::string server_name{};  // Of a client: that is expected whatever the host's is.
};

TlsContext::TlsContext(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

std::shared_ptr<const TlsContext> TlsContext::make(TlsSettings& settings, const Config& config) {
    const Wipe wipe(settings.key);
    ContextPtr made = make_context(TLS_server_method(), settings.min_version, config);
    SSL_CTX* context = made.get();
    if (!context) return nullptr;
    ::SSL_CTX_set_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
    ::SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);

    Judge judge(config);
    judge("cert", use_certificates(context, settings.cert));
    judge("key", use_key(context, settings.key));
    if (settings.client_ca) judge("client_ca", demand_clients(context, *settings.client_ca));
    if (!judge.is_right()) return nullptr;
    return std::shared_ptr<const TlsContext>(new TlsContext(std::make_unique<Impl>(Impl{std::move(made)})));
}

std::shared_ptr<const TlsContext> TlsContext::make(TlsClientSettings& settings, const Config& config) {
    std::string none;
    const Wipe wipe(settings.key ? *settings.key : none);
    ContextPtr made = make_context(TLS_client_method(), settings.min_version, config);
    SSL_CTX* context = made.get();
    if (!context) return nullptr;
    ::SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);

    Judge judge(config);
    if (settings.ca)
        judge("ca", trust(context, *settings.ca));
    else
        ::SSL_CTX_set_default_verify_paths(context);
    if (settings.cert.has_value() != settings.key.has_value()) judge("", "`cert` and `key` belong together");
    if (settings.cert) judge("cert", use_certificates(context, *settings.cert));
    if (settings.cert && settings.key) judge("key", use_key(context, *settings.key));
    judge("alpn", offer_protocols(context, settings.alpn));
    if (!judge.is_right()) return nullptr;
    return std::shared_ptr<const TlsContext>(
        new TlsContext(std::make_unique<Impl>(Impl{std::move(made), settings.server_name.value_or(std::string())})));
}

TlsContext::~TlsContext() = default;

std::int64_t TlsContext::expires_at_s() const {
    std::tm end{};
    ::ASN1_TIME_to_tm(::X509_get0_notAfter(::SSL_CTX_get0_certificate(impl_->context.get())), &end);
    return ::timegm(&end);
}

// OpenSSL reads from what decrypt() was given, and writes to output().
struct TlsSession::Impl {
    Impl(const TlsContext& context, std::string& output)
        : ssl(::SSL_new(context.impl_->context.get())), output(output) {
        if (!ssl) throw std::runtime_error("OpenSSL gives no connection: " + take_error());
        BIO* bio = ::BIO_new(method());
        ::BIO_set_data(bio, this);
        ::BIO_set_init(bio, 1);
        ::SSL_set_bio(ssl.get(), bio, bio);
    }

    // The certificate has to be that of `host`.
    void expect(const std::string& host) {
        is_client = true;
        ::SSL_set_connect_state(ssl.get());
        if (::X509_VERIFY_PARAM_set1_ip_asc(::SSL_get0_param(ssl.get()), host.c_str()) == 1) return;
        ::ERR_clear_error();
        ::SSL_set_tlsext_host_name(ssl.get(), host.c_str());
        ::SSL_set1_host(ssl.get(), host.c_str());
    }

    std::string take_fault() const {
        const long verdict = is_client ? ::SSL_get_verify_result(ssl.get()) : X509_V_OK;
        if (verdict == X509_V_OK) return take_error();
        ::ERR_clear_error();
        return std::string("the certificate is refused: ") + ::X509_verify_cert_error_string(verdict);
    }

    static const BIO_METHOD* method() {
        static BIO_METHOD* const made = [] {
            BIO_METHOD* method = ::BIO_meth_new(::BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "millrace");
            ::BIO_meth_set_read(method, read);
            ::BIO_meth_set_write(method, write);
            ::BIO_meth_set_ctrl(method,
                                [](BIO*, int command, long, void*) -> long { return command == BIO_CTRL_FLUSH; });
            return method;
        }();
        return made;
    }

    static int read(BIO* bio, char* into, int room) {
        Impl& self = *static_cast<Impl*>(::BIO_get_data(bio));
        ::BIO_clear_retry_flags(bio);
        const std::size_t size = std::min(self.input.size(), static_cast<std::size_t>(room));
        if (size == 0) return ::BIO_set_retry_read(bio), -1;
        std::memcpy(into, self.input.data(), size);
        self.input.remove_prefix(size);
        return static_cast<int>(size);
    }

    static int write(BIO* bio, const char* from, int size) {
        static_cast<Impl*>(::BIO_get_data(bio))->output.append(from, static_cast<std::size_t>(size));
        return size;
    }

    const SslPtr ssl;
    std::string& output;
    std::string_view input;
    std::string fault;
    bool has_begun = false;
    bool is_client = false;
};

TlsSession::TlsSession(const TlsContext& context) : impl_(std::make_unique<Impl>(context, output_)) {
    ::SSL_set_accept_state(impl_->ssl.get());
}

TlsSession::TlsSession(const TlsContext& context, const std::string& host)
    : impl_(std::make_unique<Impl>(context, output_)) {
    const std::string& expected = context.impl_->server_name;
    impl_->expect(expected.empty() ? host : expected);
    ::SSL_do_handshake(impl_->ssl.get());
    ::ERR_clear_error();
}

TlsSession::~TlsSession() = default;

TlsSession::Result TlsSession::decrypt(std::string_view cipher, char*& plain) {
    if (!std::exchange(impl_->has_begun, true)) {
        const char first = cipher.front();
        if (first != kHandshakeRecord && !(impl_->is_client && first == kAlertRecord)) return Result::foreign;
    }
    impl_->input = cipher;
    for (;;) {
        ::ERR_clear_error();  // Whoever else uses this thread may have left some.
        const int size = ::SSL_read(impl_->ssl.get(), plain, kRecordBytes);
        if (size > 0) {
            plain += size;
            continue;
        }
        switch (::SSL_get_error(impl_->ssl.get(), size)) {
            case SSL_ERROR_WANT_READ:
                return Result::fine;
            case SSL_ERROR_ZERO_RETURN:
                return Result::closed;
            default:
                impl_->fault = impl_->take_fault();
                return Result::failed;
        }
    }
}

void TlsSession::encrypt(std::string_view plain) {
    while (!plain.empty()) {
        const int size = static_cast<int>(std::min<std::size_t>(plain.size(), kRecordBytes));
        if (::SSL_write(impl_->ssl.get(), plain.data(), size) != size) return ::ERR_clear_error();
        plain.remove_prefix(static_cast<std::size_t>(size));
    }
}

void TlsSession::end() {
    if (is_established()) ::SSL_shutdown(impl_->ssl.get());
    ::ERR_clear_error();
}

bool TlsSession::is_established() const { return ::SSL_is_init_finished(impl_->ssl.get()) == 1; }

std::string TlsSession::fault() const { return impl_->fault; }

std::string_view TlsSession::version() const { return ::SSL_get_version(impl_->ssl.get()); }

std::string_view TlsSession::cipher() const { return ::SSL_get_cipher_name(impl_->ssl.get()); }

std::string_view TlsSession::asked_name() const {
    const char* name = ::SSL_get_servername(impl_->ssl.get(), TLSEXT_NAMETYPE_host_name);
    return name ? name : std::string_view();
}

std::string TlsSession::client_subject() const {
    const CertificatePtr certificate(::SSL_get1_peer_certificate(impl_->ssl.get()));
    if (!certificate) return {};
    const BioPtr text(::BIO_new(::BIO_s_mem()));
    ::X509_NAME_print_ex(text.get(), ::X509_get_subject_name(certificate.get()), 0, XN_FLAG_RFC2253);
    char* data = nullptr;
    const long size = BIO_get_mem_data(text.get(), &data);
    return std::string(data, static_cast<std::size_t>(size));
}

}  // namespace millrace
