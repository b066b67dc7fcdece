#include "adapters/common/listen_settings.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <optional>
#include <thread>

namespace millrace {
namespace {

std::size_t core_count() { return std::clamp(std::thread::hardware_concurrency(), 1U, 64U); }

// Four fifths of the descriptors that the process may have, but not above 10,000.
std::size_t default_connections() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 800;
    return std::clamp<rlim_t>(limit.rlim_cur / 5 * 4, 16, 10'000);
}

}  // namespace

std::vector<Endpoint> read_endpoints(const Config& config, const std::vector<std::string>& texts,
                                     std::uint16_t example_port) {
    const std::string port = std::to_string(example_port);
    std::vector<Endpoint> endpoints;
    for (const std::string& text : texts) {
        const std::optional<Endpoint> endpoint = parse_endpoint(text);
        if (!endpoint)
            config.error("listen", "`" + text + "` is no address: it needs IP:PORT, like 127.0.0.1:" + port +
                                       " or [::1]:" + port);
        else if (endpoint->port() != 0 && std::find(endpoints.begin(), endpoints.end(), *endpoint) != endpoints.end())
            config.error("listen", "`" + text + "` is there twice");
        else
            endpoints.push_back(*endpoint);
    }
    return endpoints;
}

ListenSettings::ListenSettings() : thread_count(core_count()), connections_max(default_connections()) {}

void ListenSettings::judge(const Config& config) {
    endpoints = read_endpoints(config, listen, 8080);
    if (const auto part = config.object("tls")) tls_context = TlsContext::make(tls, *part);
    for (const std::string& text : trusted_proxy_texts) {
        if (!trusted_proxies.add(text))
            config.error("trusted_proxies", "`" + text + "` is neither an IP address nor a network like 10.0.0.0/8");
    }
}

}  // namespace millrace
