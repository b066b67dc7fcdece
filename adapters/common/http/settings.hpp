#pragma once

#include <cstddef>
#include <cstdint>
#include <tuple>

#include "adapters/common/http/limits.hpp"
#include "adapters/common/listen_settings.hpp"
#include "millrace/keys.hpp"

namespace millrace::http {

// The keys of adapters that serve HTTP, as those of ListenSettings are used.
struct ServerSettings : ListenSettings {
    // What they limit. An adapter whose peers wait for less time lowers `answer_ms`.
    Limits limits() const;

    std::size_t head_bytes_max;
    std::size_t body_bytes_max;
    std::size_t send_bytes_max;
    std::int64_t requests_per_s_max = 0;  // 0: any number
    Duration head_timeout;
    Duration body_timeout;
    Duration answer_timeout;
    Duration idle_timeout;
    Duration stall_timeout;
    Duration close_timeout;

    static constexpr auto kKeys = std::tuple_cat(
        ListenSettings::kKeys,
        keys(key("max_header", &ServerSettings::head_bytes_max,
                 {.fallback = 8 * kKiB,
                  .form = Form::size,
                  .min = 512,
                  .max = 64 * kKiB,
                  .about = "of one request, its first line included"}),
             key("max_body", &ServerSettings::body_bytes_max,
                 {.fallback = kMiB, .form = Form::size, .min = 1, .max = 64 * kMiB, .about = "of one request"}),
             key("send_buffer", &ServerSettings::send_bytes_max,
                 {.fallback = 256 * kKiB,
                  .form = Form::size,
                  .min = kKiB,
                  .max = 64 * kMiB,
                  .about = "answers that wait for the client; above it nothing is read from it"}),
             key("max_request_rate", &ServerSettings::requests_per_s_max,
                 {.min = 1,
                  .max = 1'000'000,
                  .unit = "requests a second",
                  .otherwise = "any number",
                  .about = "of one client; above it 429"}),
             key("head_timeout", &ServerSettings::head_timeout,
                 timeout(std::chrono::seconds(10), "from a request's first byte to the end of its headers")),
             key("body_timeout", &ServerSettings::body_timeout,
                 timeout(std::chrono::seconds(30), "from there to the end of its body")),
             key("answer_timeout", &ServerSettings::answer_timeout,
                 timeout(std::chrono::seconds(30), "from there until it is answered 503")),
             key("idle_timeout", &ServerSettings::idle_timeout,
                 timeout(std::chrono::seconds(75), "between an answer and the next request")),
             key("stall_timeout", &ServerSettings::stall_timeout,
                 timeout(std::chrono::seconds(30), "until what the client does not read is given up")),
             key("close_timeout", &ServerSettings::close_timeout,
                 timeout(std::chrono::seconds(5), "for the client's part of an ending"))));
};

}  // namespace millrace::http
