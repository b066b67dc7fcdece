#pragma once

#include <netinet/in.h>

#include <millrace/keys.hpp>
#include <string>

namespace lines {

// The keys of a `type: lines` adapter.
struct Settings {
    explicit Settings(const millrace::Config& config);

    std::string listen;
    bool confirm;
    std::uint64_t line_bytes_max;
    std::uint64_t send_bytes_max;
    millrace::Duration idle_timeout;

    static constexpr std::int64_t kKiB = 1024;
    static constexpr auto kKeys = millrace::keys(
        millrace::key("listen", &Settings::listen, {.form = millrace::Form::address, .about = "where to listen"}),
        millrace::key("confirm", &Settings::confirm, {.fallback = false, .about = "tell how each line ended"}),
        millrace::key("max_line", &Settings::line_bytes_max,
                      {.fallback = 64 * kKiB, .form = millrace::Form::size, .min = 1, .max = 1024 * kKiB}),
        millrace::key("send_buffer", &Settings::send_bytes_max,
                      {.fallback = 1024 * kKiB, .form = millrace::Form::size, .min = kKiB, .max = 1024 * 1024 * kKiB}),
        millrace::key("idle_timeout", &Settings::idle_timeout,
                      {.fallback = std::chrono::minutes(5), .min = std::chrono::milliseconds(100)}));

    sockaddr_in address{};  // What `listen` says.
};

}  // namespace lines
