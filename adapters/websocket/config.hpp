#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "adapters/common/listener.hpp"
#include "adapters/common/tls.hpp"
#include "adapters/common/trusted_proxies.hpp"
#include "adapters/websocket/origins.hpp"
#include "millrace/keys.hpp"

namespace millrace::websocket {

inline constexpr std::int64_t kKiB = 1024;
inline constexpr std::int64_t kMiB = 1024 * kKiB;

constexpr DurationOptions timeout(Duration fallback, std::string_view about) {
    return {.fallback = fallback, .min = std::chrono::milliseconds(100), .max = std::chrono::hours(24), .about = about};
}

// The keys of a `type: websocket` adapter; README.md says more of them.
struct Settings {
    explicit Settings(const Config& config);

    std::vector<std::string> listen;
    TlsSettings tls;
    std::size_t thread_count;
    std::size_t message_bytes_max;
    std::size_t header_bytes_max;
    std::uint32_t fragments_max;
    std::size_t connections_max;
    std::size_t connections_of_address_max;
    std::size_t send_bytes_max;
    std::int64_t messages_per_s_max = 0;  // 0: any number
    bool permessage_deflate;
    std::vector<std::string> origin_texts;
    std::vector<std::string> trusted_proxy_texts;
    Duration handshake_timeout;
    Duration idle_timeout;
    Duration stall_timeout;
    Duration close_timeout;

    static constexpr auto kKeys =
        keys(key("listen", &Settings::listen, {.required = true, .form = Form::address, .about = "where to listen"}),
             key("tls", &Settings::tls, {.about = "wss: the listeners speak TLS alone"}),
             key("threads", &Settings::thread_count,
                 {.min = 1, .max = 64, .otherwise = "one per core", .about = "I/O threads"}),
             key("max_message", &Settings::message_bytes_max,
                 {.fallback = kMiB,
                  .form = Form::size,
                  .min = 1,
                  .max = 1024 * kMiB,
                  .about = "a larger one closes with 1009"}),
             key("max_header", &Settings::header_bytes_max,
                 {.fallback = 8 * kKiB,
                  .form = Form::size,
                  .min = 512,
                  .max = 64 * kKiB,
                  .about = "of the upgrade request"}),
             key("max_fragments", &Settings::fragments_max,
                 {.fallback = 1024, .min = 1, .max = 1'000'000, .unit = "frames", .about = "of one message"}),
             key("max_connections", &Settings::connections_max,
                 {.min = 1,
                  .max = 1'000'000,
                  .otherwise = "4/5 of the process's descriptors, at most 10,000",
                  .about = "in all"}),
             key("max_connections_per_address", &Settings::connections_of_address_max,
                 {.fallback = 1000, .min = 1, .max = 1'000'000, .about = "IPv6: per /64"}),
             key("send_buffer", &Settings::send_bytes_max,
                 {.fallback = kMiB,
                  .form = Form::size,
                  .min = kKiB,
                  .max = 1024 * kMiB,
                  .about = "what waits for the peer"}),
             key("max_message_rate", &Settings::messages_per_s_max,
                 {.min = 1,
                  .max = 1'000'000,
                  .unit = "messages a second",
                  .otherwise = "any number",
                  .about = "of one connection; above it nothing is read"}),
             key("permessage_deflate", &Settings::permessage_deflate,
                 {.fallback = false, .about = "compress messages with clients that offer it"}),
             key("origins", &Settings::origin_texts,
                 {.about = "whose pages may connect; without: those of the same host; \"*\": all"}),
             key("trusted_proxies", &Settings::trusted_proxy_texts,
                 {.about = "whose X-Forwarded-For and Forwarded are believed: addresses, networks"}),
             key("handshake_timeout", &Settings::handshake_timeout,
                 timeout(std::chrono::seconds(10), "until the whole request is there")),
             key("idle_timeout", &Settings::idle_timeout,
                 timeout(std::chrono::seconds(300), "without a byte from the peer")),
             key("stall_timeout", &Settings::stall_timeout,
                 timeout(std::chrono::seconds(30), "how long the gateway or the peer may be full")),
             key("close_timeout", &Settings::close_timeout,
                 timeout(std::chrono::seconds(5), "for the peer's part of an ending")));

    // What `listen`, `origins` and `trusted_proxies` say.
    std::vector<Endpoint> endpoints;
    std::shared_ptr<const TlsContext> tls_context;  // Null without `tls`.
    Origins origins;
    TrustedProxies trusted_proxies;
};

}  // namespace millrace::websocket
