#include "gateway/admin/pages.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

#include "gateway/admin/metrics.hpp"
#include "gateway/admin/status.hpp"

namespace millrace::admin {
namespace {

// The host without its port; empty where what follows is no port.
std::string_view without_port(std::string_view host) {
    const std::size_t end = host.starts_with('[') ? host.find(']') : host.find(':');
    if (end == host.npos) return host;
    const std::string_view name = host.substr(0, host[end] == ']' ? end + 1 : end);
    const std::string_view port = host.substr(name.size());
    const bool is_port =
        port.empty() || (port.front() == ':' && port.size() <= 6 &&
                         std::ranges::all_of(port.substr(1), [](char c) { return c >= '0' && c <= '9'; }));
    return is_port ? name : std::string_view();
}

bool is_localhost(std::string_view name) {
    return std::ranges::equal(name, std::string_view("localhost"), {}, [](unsigned char c) { return std::tolower(c); });
}

Page readiness(Overview::Phase phase) {
    return {phase == Overview::Phase::ready ? 200u : 503u, Page{}.type, to_string(phase) + std::string("\n")};
}

}  // namespace

Pages::Pages(Source source, std::string own_host) : source_(std::move(source)), own_host_(std::move(own_host)) {}

bool Pages::is_own(std::string_view host) const {
    const std::string_view name = without_port(host);
    return is_localhost(name) || name == "127.0.0.1" || name == "[::1]" || (!name.empty() && name == own_host_);
}

Page Pages::answer(const Request& request) const {
    const Page plain;
    if (request.host.empty()) return {400, plain.type, "a request has one Host\n"};
    if (!is_own(request.host)) return {421, plain.type, "this address is not served under that Host\n"};
    const std::string_view path = request.target.substr(0, request.target.find('?'));
    const bool is_known = path == "/livez" || path == "/readyz" || path == "/metrics" || path == "/v1/status";
    if (!is_known) return {404, plain.type, "there are /livez, /readyz, /metrics and /v1/status\n"};
    if (request.method != "GET" && request.method != "HEAD") return {405, plain.type, "only GET and HEAD\n"};
    if (path == "/livez") return {200, plain.type, "alive\n"};
    if (path == "/readyz") return readiness(source_.phase());
    if (path == "/metrics") return {200, "text/plain; version=0.0.4; charset=utf-8", to_prometheus(source_.look())};
    return {200, "application/json", to_json(source_.look())};
}

}  // namespace millrace::admin
