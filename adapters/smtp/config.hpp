#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "adapters/common/listener.hpp"
#include "adapters/common/tls.hpp"
#include "adapters/common/trusted_proxies.hpp"
#include "adapters/smtp/client_rates.hpp"
#include "adapters/smtp/recipients.hpp"
#include "adapters/smtp/service.hpp"
#include "adapters/smtp/smarthost.hpp"
#include "adapters/smtp/users.hpp"
#include "millrace/keys.hpp"

namespace millrace::smtp {

inline constexpr std::int64_t kKiB = 1024;
inline constexpr std::int64_t kMiB = 1024 * kKiB;

constexpr DurationOptions timeout(Duration fallback, std::string_view about) {
    return {.fallback = fallback, .min = std::chrono::seconds(1), .max = std::chrono::hours(24), .about = about};
}

// A list of addresses in a file, one a line; empty lines and those that begin with # say nothing.
struct AddressFile {
    std::string addresses;

    static constexpr auto kKeys =
        keys(key("file", &AddressFile::addresses,
                 {.form = Form::content, .about = "addresses, one a line; read again when it changes"}));
};

// The keys of a `type: smtp` adapter; README.md says more of them.
struct AdapterSettings {
    explicit AdapterSettings(const Config& config);

    std::vector<std::string> listen;
    std::vector<std::variant<std::string, AddressFile>> accept;
    std::string protocol;
    std::optional<std::string> hostname;
    TlsSettings tls;
    std::string tls_mode;
    std::optional<std::string> users_text;
    bool requires_tls = false;
    bool requires_auth = false;
    std::vector<std::string> proxy_texts;
    bool asks_names = false;
    std::size_t thread_count;
    std::uint64_t mail_bytes_max;
    std::size_t connections_max;
    std::size_t connections_of_address_max;
    RateSettings rates;
    unsigned recipients_max;
    unsigned mails_max;
    unsigned errors_max;
    std::size_t line_bytes_max;
    std::size_t header_bytes_max;
    unsigned fields_max;
    unsigned received_max;
    Duration greeting_delay;
    Duration command_timeout;
    Duration data_timeout;
    std::int64_t data_rate_min;
    Duration session_timeout;
    Duration verdict_timeout;
    SmarthostSettings smarthost_settings;

    static constexpr auto kKeys = keys(
        key("listen", &AdapterSettings::listen, {.required = true, .form = Form::address, .about = "where to listen"}),
        key("accept", &AdapterSettings::accept,
            {.required = true, .about = "whose mail is taken: addresses, `*@in.example.com`, { file: PATH }"}),
        key("protocol", &AdapterSettings::protocol,
            {.fallback = "smtp", .choices = {"smtp", "lmtp"}, .about = "LMTP answers for each recipient"}),
        key("hostname", &AdapterSettings::hostname,
            {.otherwise = "the machine's name", .about = "what the server calls itself"}),
        key("tls", &AdapterSettings::tls, {.about = "certificate and key"}),
        key("tls_mode", &AdapterSettings::tls_mode,
            {.fallback = "starttls",
             .choices = {"starttls", "implicit"},
             .about = "TLS when the client asks for it, or from the first byte"}),
        key("users", &AdapterSettings::users_text,
            {.form = Form::secret, .about = "lines of NAME:HASH, hashes of crypt(5): who may log in"}),
        key("require_tls", &AdapterSettings::requires_tls, {.fallback = false, .about = "no mail without it"}),
        key("require_auth", &AdapterSettings::requires_auth, {.fallback = false, .about = "no mail without a login"}),
        key("proxy_protocol", &AdapterSettings::proxy_texts,
            {.about = "who has to begin with a PROXY header, v1 or v2: addresses, networks"}),
        key("reverse_dns", &AdapterSettings::asks_names,
            {.fallback = false, .about = "asks the DNS for the client's name, and whether that leads back to it"}),
        key("threads", &AdapterSettings::thread_count,
            {.min = 1, .max = 64, .otherwise = "one per core", .about = "I/O threads"}),
        key("max_size", &AdapterSettings::mail_bytes_max,
            {.fallback = 25 * kMiB, .form = Form::size, .min = 64 * kKiB, .max = 1024 * kMiB, .about = "of a mail"}),
        key("max_connections", &AdapterSettings::connections_max,
            {.fallback = 1000, .min = 1, .max = 1'000'000, .about = "in all"}),
        key("max_connections_per_address", &AdapterSettings::connections_of_address_max,
            {.fallback = 100, .min = 1, .max = 1'000'000, .about = "IPv6: per /64"}),
        key("max_rates", &AdapterSettings::rates, {.about = "of an address, in a minute"}),
        key("max_recipients", &AdapterSettings::recipients_max,
            {.fallback = 1000, .min = 100, .max = 100'000, .about = "of one mail"}),
        key("max_mails", &AdapterSettings::mails_max,
            {.fallback = 1000, .min = 1, .max = 1'000'000, .about = "in one session"}),
        key("max_errors", &AdapterSettings::errors_max,
            {.fallback = 20, .min = 1, .max = 1000, .about = "of a client, until its next mail that is taken"}),
        key("max_line", &AdapterSettings::line_bytes_max,
            {.fallback = 64 * kKiB, .form = Form::size, .min = 1000, .max = kMiB, .about = "of a mail's text"}),
        key("max_header", &AdapterSettings::header_bytes_max,
            {.fallback = kMiB, .form = Form::size, .min = 64 * kKiB, .max = 16 * kMiB, .about = "of a mail"}),
        key("max_header_fields", &AdapterSettings::fields_max,
            {.fallback = 1000, .min = 100, .max = 100'000, .about = "of a mail"}),
        key("max_received", &AdapterSettings::received_max,
            {.fallback = 100, .min = 10, .max = 1000, .about = "Received fields: that many make a loop"}),
        key("greeting_delay", &AdapterSettings::greeting_delay,
            {.fallback = Duration(0),
             .max = std::chrono::minutes(1),
             .about = "who talks before the greeting is refused"}),
        key("command_timeout", &AdapterSettings::command_timeout,
            timeout(std::chrono::minutes(5), "for the next whole line")),
        key("data_timeout", &AdapterSettings::data_timeout,
            timeout(std::chrono::minutes(3), "for text of a mail, which each byte lengthens again")),
        key("min_data_rate", &AdapterSettings::data_rate_min,
            {.fallback = 500, .min = 1, .max = 1'000'000, .unit = "bytes a second", .about = "of a mail's text"}),
        key("session_timeout", &AdapterSettings::session_timeout,
            timeout(std::chrono::minutes(30), "for all of a session")),
        key("verdict_timeout", &AdapterSettings::verdict_timeout,
            timeout(std::chrono::minutes(1), "for consumers; then the client hears 451")),
        key("smarthost", &AdapterSettings::smarthost_settings,
            {.about = "through whom mail is sent; without it none is"}));

    bool is_lmtp() const { return protocol == "lmtp"; }
    bool is_tls_implicit() const { return tls_context && tls_mode == "implicit"; }
    Service service() const;
    std::string host_name() const;

    // What the texts say.
    std::vector<Endpoint> endpoints;
    std::shared_ptr<const TlsContext> tls_context;  // Null without `tls`.
    Recipients recipients;
    Users users;
    TrustedProxies proxies;
    std::optional<SmarthostSettings> smarthost;
};

}  // namespace millrace::smtp
