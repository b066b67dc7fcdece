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

// In a time that does not tell how much of it is right.
bool is_same(std::string_view said, std::string_view token) {
    unsigned difference = said.size() == token.size() ? 0 : 1;
    for (std::size_t i = 0; i < said.size(); ++i) {
        difference |= static_cast<unsigned char>(said[i]) ^ static_cast<unsigned char>(token[i % token.size()]);
    }
    return difference == 0;
}

Page readiness(const Overview& overview) {
    const bool is_refusing = overview.phase == Overview::Phase::refusing;
    return {overview.phase == Overview::Phase::ready ? 200u : 503u, Page{}.type,
            to_string(overview.phase) + (is_refusing ? ": " + overview.refusal : std::string()) + "\n"};
}

}  // namespace

Pages::Pages(Source source, std::string own_host) : source_(std::move(source)), own_host_(std::move(own_host)) {}

// Under which names others reach an address that is no loopback, nobody here knows; the token keeps web pages out.
bool Pages::is_own(std::string_view host) const {
    if (!own_host_.starts_with("127.") && own_host_ != "[::1]") return true;
    const std::string_view name = without_port(host);
    return is_localhost(name) || name == "127.0.0.1" || name == "[::1]" || (!name.empty() && name == own_host_);
}

bool Pages::may_ask(std::string_view authorization) const {
    constexpr std::string_view kScheme = "bearer ";
    if (!source_.tokens) return true;
    const bool is_bearer = std::ranges::equal(authorization.substr(0, kScheme.size()), kScheme, {},
                                              [](unsigned char c) { return std::tolower(c); });
    if (!is_bearer) return false;
    const std::string_view said = authorization.substr(kScheme.size());
    bool is_known = false;
    for (const std::string& token : source_.tokens()) is_known |= is_same(said, token);
    return is_known;
}

Page Pages::answer(const Request& request) const {
    const Page plain;
    if (request.host.empty()) return {400, plain.type, "a request has one Host\n"};
    if (!is_own(request.host)) return {421, plain.type, "this address is not served under that Host\n"};
    if (!may_ask(request.authorization)) return {401, plain.type, "this address asks for its token\n"};
    const std::string_view path = request.target.substr(0, request.target.find('?'));
    const bool is_known = path == "/livez" || path == "/readyz" || path == "/metrics" || path == "/v1/status";
    if (!is_known) return {404, plain.type, "there are /livez, /readyz, /metrics and /v1/status\n"};
    if (request.method != "GET" && request.method != "HEAD") return {405, plain.type, "only GET and HEAD\n"};
    if (path == "/livez") return {200, plain.type, "alive\n"};
    if (path == "/readyz") return readiness(source_.glance());
    if (path == "/metrics") return {200, "text/plain; version=0.0.4; charset=utf-8", to_prometheus(source_.look())};
    return {200, "application/json", to_json(source_.look())};
}

}  // namespace millrace::admin
