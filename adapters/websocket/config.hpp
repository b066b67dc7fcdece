#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "adapters/common/listener.hpp"
#include "millrace/config.hpp"

namespace millrace::websocket {

// The keys of a `type: websocket` adapter; README.md says what each means.
struct Settings {
    std::vector<Endpoint> listen;
    std::size_t thread_count;
    std::size_t message_bytes_max;
    std::size_t header_bytes_max;
    std::uint32_t fragments_max;
    std::size_t connections_max;
    std::size_t connections_of_address_max;
    std::size_t send_bytes_max;
    std::int64_t handshake_timeout_ms;
    std::int64_t idle_timeout_ms;
    std::int64_t stall_timeout_ms;
    std::int64_t close_timeout_ms;
};

Settings read_settings(const Config& config);

}  // namespace millrace::websocket
