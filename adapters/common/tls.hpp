#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "millrace/keys.hpp"

// TLS for listeners and for clients: the only user of OpenSSL's libssl. Bytes in, bytes out: it knows no socket, so
// whoever owns one still reads once and writes once a batch.
namespace millrace {

// The keys of a listener's `tls`. A certificate is PEM, the leaf first, then those up to a root that clients know.
struct TlsSettings {
    std::string cert;
    std::string key;
    std::optional<std::string> client_ca;  // Who connects has to show a certificate that one of these has signed.
    std::string min_version;

    static constexpr auto kKeys = keys(
        millrace::key("cert", &TlsSettings::cert, {.form = Form::content, .about = "PEM, with what leads to a root"}),
        millrace::key("key", &TlsSettings::key, {.form = Form::secret, .about = "PEM"}),
        millrace::key("client_ca", &TlsSettings::client_ca,
                      {.form = Form::content, .about = "clients need a certificate that one of these has signed"}),
        millrace::key("min_version", &TlsSettings::min_version,
                      {.fallback = "1.2", .choices = {"1.2", "1.3"}, .about = "of TLS"}));
};

// The keys of a client's `tls`. The server has to show a certificate for the name that it is called by; there is no way
// to do without.
struct TlsClientSettings {
    std::optional<std::string> ca;
    std::optional<std::string> cert;
    std::optional<std::string> key;
    std::optional<std::string> server_name;
    std::vector<std::string> alpn;
    std::string min_version;

    static constexpr auto kKeys =
        keys(millrace::key("ca", &TlsClientSettings::ca,
                           {.form = Form::content,
                            .otherwise = "those that the system trusts",
                            .about = "PEM: who signs the server's certificate"}),
             millrace::key("cert", &TlsClientSettings::cert,
                           {.form = Form::content, .about = "PEM, the client's own, with what leads to a root"}),
             millrace::key("key", &TlsClientSettings::key, {.form = Form::secret, .about = "PEM, of `cert`"}),
             millrace::key("server_name", &TlsClientSettings::server_name,
                           {.otherwise = "the host that is connected to", .about = "in the server's certificate"}),
             millrace::key("alpn", &TlsClientSettings::alpn, {.about = "protocols to offer"}),
             millrace::key("min_version", &TlsClientSettings::min_version,
                           {.fallback = "1.2", .choices = {"1.2", "1.3"}, .about = "of TLS"}));
};

// What all connections of a listener, or of a client, share. Thread: any, once it is made.
class TlsContext {
  public:
    // Wipes the key's text. What is wrong goes to the errors of `config`, of which the settings were read; then there
    // is none.
    static std::shared_ptr<const TlsContext> make(TlsSettings& settings, const Config& config);
    static std::shared_ptr<const TlsContext> make(TlsClientSettings& settings, const Config& config);
    ~TlsContext();
    TlsContext(const TlsContext&) = delete;

    // Of a listener: when the certificate ends to be valid; seconds since 1970-01-01 UTC.
    std::int64_t expires_at_s() const;

  private:
    friend class TlsSession;
    struct Impl;

    explicit TlsContext(std::unique_ptr<Impl> impl);

    std::unique_ptr<Impl> impl_;
};

// One connection. Thread: one at a time. The context outlives it.
class TlsSession {
  public:
    // Of records that began earlier, and to write whole ones to.
    static constexpr std::size_t kSlackBytes = 32 * 1024;

    // The server's side.
    explicit TlsSession(const TlsContext& context);
    // The client's, of the server that is called `host`: a name or an IP address. Its first words are in output().
    TlsSession(const TlsContext& context, const std::string& host);
    ~TlsSession();
    TlsSession(const TlsSession&) = delete;

    enum class Result {
        fine,
        closed,   // The peer has said that nothing more comes.
        failed,   // fault() says why; what is in output() tells the peer.
        foreign,  // The peer does not speak TLS at all; nothing was taken.
    };

    // Takes all of `cipher`, which is not empty, and appends what it says at `plain`, which has to have as much room as
    // `cipher` has bytes and kSlackBytes more. `plain` is left behind what was written.
    Result decrypt(std::string_view cipher, char*& plain);

    // Adds it to output(). REQUIRES: is_established(), and no end() before.
    void encrypt(std::string_view plain);

    // Says that nothing more comes.
    void end();

    // Whether both sides have agreed; nothing can be encrypted before.
    bool is_established() const;

    // What has to leave, and room for it to be taken from.
    std::string& output() { return output_; }

    // In words, without what the peer has sent.
    std::string fault() const;

    // What was agreed on: "TLSv1.3", OpenSSL's name of the cipher; and the name that the client asked for, empty for
    // none. Valid as long as the session. REQUIRES: is_established().
    std::string_view version() const;
    std::string_view cipher() const;
    std::string_view asked_name() const;

    // The subject of the client's certificate, as RFC 2253 writes it; empty where it has shown none.
    std::string client_subject() const;

  private:
    struct Impl;

    std::unique_ptr<Impl> impl_;
    std::string output_;
};

}  // namespace millrace
