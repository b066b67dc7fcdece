#include "adapters/websocket/config.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <thread>

namespace millrace::websocket {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kKiB = 1024;
constexpr std::uint64_t kMiB = 1024 * kKiB;

std::vector<Endpoint> read_listen(const Config& config) {
    if (!config.has("listen")) config.error("", "key `listen` is missing: it needs an address like 127.0.0.1:8080");
    std::vector<Endpoint> endpoints;
    for (const std::string& text : config.texts("listen")) {
        const std::optional<Endpoint> endpoint = parse_endpoint(text);
        if (!endpoint)
            config.error("listen", "`" + text + "` is no address: it needs IP:PORT, like 127.0.0.1:8080 or [::1]:8080");
        else if (endpoint->port() != 0 && std::find(endpoints.begin(), endpoints.end(), *endpoint) != endpoints.end())
            config.error("listen", "`" + text + "` is there twice");
        else
            endpoints.push_back(*endpoint);
    }
    return endpoints;
}

std::int64_t core_count() {
    return std::clamp(static_cast<std::int64_t>(std::thread::hardware_concurrency()), 1L, 64L);
}

// Four fifths of the descriptors that the process may have, but not above 10,000.
std::int64_t default_connections() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 800;
    return static_cast<std::int64_t>(std::clamp<rlim_t>(limit.rlim_cur / 5 * 4, 16, 10'000));
}

}  // namespace

Settings read_settings(const Config& config) {
    const auto count = [&](std::string_view key, std::int64_t fallback, std::int64_t max) {
        return static_cast<std::size_t>(config.integer(key, fallback, {1, max}));
    };
    const auto time_ms = [&](std::string_view key, Duration fallback) {
        return config.duration(key, fallback, {100ms, 24h}).count();
    };
    return {
        .listen = read_listen(config),
        .thread_count = count("threads", core_count(), 64),
        .message_bytes_max = config.size("max_message", kMiB, {1, 1024 * kMiB}),
        .header_bytes_max = config.size("max_header", 8 * kKiB, {512, 64 * kKiB}),
        .fragments_max = static_cast<std::uint32_t>(count("max_fragments", 1024, 1'000'000)),
        .connections_max = count("max_connections", default_connections(), 1'000'000),
        .connections_of_address_max = count("max_connections_per_address", 1000, 1'000'000),
        .send_bytes_max = config.size("send_buffer", kMiB, {kKiB, 1024 * kMiB}),
        .handshake_timeout_ms = time_ms("handshake_timeout", 10s),
        .idle_timeout_ms = time_ms("idle_timeout", 300s),
        .stall_timeout_ms = time_ms("stall_timeout", 30s),
        .close_timeout_ms = time_ms("close_timeout", 5s),
    };
}

}  // namespace millrace::websocket
