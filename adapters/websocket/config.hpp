#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "adapters/common/listen_settings.hpp"
#include "adapters/websocket/origins.hpp"
#include "millrace/keys.hpp"

namespace millrace::websocket {

// The keys of a `type: websocket` adapter; README.md says more of them.
struct Settings : ListenSettings {
    explicit Settings(const Config& config);

    std::size_t message_bytes_max;
    std::size_t header_bytes_max;
    std::uint32_t fragments_max;
    std::size_t send_bytes_max;
    std::int64_t messages_per_s_max = 0;  // 0: any number
    bool permessage_deflate;
    std::vector<std::string> origin_texts;
    Duration handshake_timeout;
    Duration idle_timeout;
    Duration stall_timeout;
    Duration close_timeout;

    static constexpr auto kKeys = std::tuple_cat(
        ListenSettings::kKeys, ListenSettings::kThreadKeys,
        keys(key("max_message", &Settings::message_bytes_max,
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
             key("handshake_timeout", &Settings::handshake_timeout,
                 timeout(std::chrono::seconds(10), "until the whole request is there")),
             key("idle_timeout", &Settings::idle_timeout,
                 timeout(std::chrono::seconds(300), "without a byte from the peer")),
             key("stall_timeout", &Settings::stall_timeout,
                 timeout(std::chrono::seconds(30), "how long the gateway or the peer may be full")),
             key("close_timeout", &Settings::close_timeout,
                 timeout(std::chrono::seconds(5), "for the peer's part of an ending"))));

    // What `origins` says.
    Origins origins;
};

}  // namespace millrace::websocket
