#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/common/listener.hpp"
#include "adapters/common/tls.hpp"
#include "adapters/common/trusted_proxies.hpp"
#include "millrace/keys.hpp"

namespace millrace {

inline constexpr std::int64_t kKiB = 1024;
inline constexpr std::int64_t kMiB = 1024 * kKiB;

constexpr DurationOptions timeout(Duration fallback, std::string_view about) {
    return {.fallback = fallback, .min = std::chrono::milliseconds(100), .max = std::chrono::hours(24), .about = about};
}

// The addresses of the key `listen`. What is wrong goes to the errors of `config`, which show an address with
// `example_port`.
std::vector<Endpoint> read_endpoints(const Config& config, const std::vector<std::string>& texts,
                                     std::uint16_t example_port);

// The keys of adapters that clients connect to. What is derived from it adds its own to kKeys, reads them all, and lets
// judge() say what these mean.
struct ListenSettings {
    ListenSettings();

    // What is wrong goes to the errors of `config`.
    void judge(const Config& config);

    std::vector<std::string> listen;
    TlsSettings tls;
    std::size_t thread_count;
    std::size_t connections_max;
    std::size_t connections_of_address_max;
    std::vector<std::string> trusted_proxy_texts;

    static constexpr auto kKeys = keys(
        key("listen", &ListenSettings::listen, {.required = true, .form = Form::address, .about = "where to listen"}),
        key("tls", &ListenSettings::tls, {.about = "the listeners speak TLS alone"}),
        key("max_connections", &ListenSettings::connections_max,
            {.min = 1,
             .max = 1'000'000,
             .otherwise = "4/5 of the process's descriptors, at most 10,000",
             .about = "in all"}),
        key("max_connections_per_address", &ListenSettings::connections_of_address_max,
            {.fallback = 1000, .min = 1, .max = 1'000'000, .about = "IPv6: per /64"}),
        key("trusted_proxies", &ListenSettings::trusted_proxy_texts,
            {.about = "whose X-Forwarded-For and Forwarded are believed: addresses, networks"}));

    // Of adapters whose scopes are connections, and so may be on any thread.
    static constexpr auto kThreadKeys =
        keys(key("threads", &ListenSettings::thread_count,
                 {.min = 1, .max = 64, .otherwise = "one per core", .about = "I/O threads"}));

    // After judge().
    std::vector<Endpoint> endpoints;
    std::shared_ptr<const TlsContext> tls_context;  // Null without `tls`.
    TrustedProxies trusted_proxies;
};

}  // namespace millrace
