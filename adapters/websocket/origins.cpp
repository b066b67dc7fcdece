#include "adapters/websocket/origins.hpp"

#include <algorithm>
#include <optional>

namespace millrace::websocket {
namespace {

std::string lower(std::string_view text) {
    std::string result(text);
    for (char& c : result) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
    return result;
}

std::string_view usual_port(std::string_view scheme) {
    if (scheme == "http" || scheme == "ws") return "80";
    if (scheme == "https" || scheme == "wss") return "443";
    return {};
}

// "host", "host:port" or "[::1]:port" with the port written out. Nothing where it is none of these.
std::optional<std::string> with_port(std::string_view authority, std::string_view usual) {
    const std::size_t bracket = authority.rfind(']');
    const std::size_t colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
    const std::string_view host = authority.substr(0, colon);
    const std::string_view port = colon == std::string_view::npos ? usual : authority.substr(colon + 1);
    constexpr std::string_view kNoHost = " \t/\\?#@,*\"<>";
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    if (host.empty() || host.find_first_of(kNoHost) != std::string_view::npos) return std::nullopt;
    if (port.size() > 5 || !std::all_of(port.begin(), port.end(), is_digit)) return std::nullopt;
    if (colon != std::string_view::npos && port.empty()) return std::nullopt;
    return lower(host) + ":" + std::string(port);
}

struct Parts {
    std::string scheme;
    std::string authority;
};

std::optional<Parts> parse(std::string_view origin) {
    const std::size_t mark = origin.find("://");
    if (mark == 0 || mark == std::string_view::npos) return std::nullopt;
    const std::string scheme = lower(origin.substr(0, mark));
    const bool is_scheme = std::all_of(scheme.begin(), scheme.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
    });
    const std::optional<std::string> authority = with_port(origin.substr(mark + 3), usual_port(scheme));
    if (!is_scheme || !authority) return std::nullopt;
    return Parts{scheme, *authority};
}

std::optional<std::string> in_one_form(std::string_view origin) {
    if (origin == "null") return "null";
    const std::optional<Parts> parts = parse(origin);
    return parts ? std::optional(parts->scheme + "://" + parts->authority) : std::nullopt;
}

}  // namespace

bool Origins::add(std::string_view text) {
    if (text == "*") return takes_all_ = true;
    std::optional<std::string> origin = in_one_form(text);
    if (!origin) return false;
    list_.push_back(*std::move(origin));
    return true;
}

bool Origins::allow(std::string_view origin, std::string_view host) const {
    if (takes_all_ || origin.empty()) return true;
    if (!list_.empty()) {
        const std::optional<std::string> asked = in_one_form(origin);
        return asked && std::find(list_.begin(), list_.end(), *asked) != list_.end();
    }
    const std::optional<Parts> parts = parse(origin);
    if (!parts) return false;
    const std::string_view usual = usual_port(parts->scheme);
    return !usual.empty() && with_port(host, usual) == parts->authority;
}

}  // namespace millrace::websocket
