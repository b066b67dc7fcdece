#include "adapters/common/server_url.hpp"

#include <algorithm>
#include <charconv>

namespace millrace {
namespace {

bool is_port(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    return error == std::errc() && end == text.data() + text.size() && port != 0;
}

bool is_host(std::string_view text, bool is_bracketed) {
    constexpr std::string_view kPunctuation = "-._";
    return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
        const bool is_word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        return is_word || kPunctuation.find(c) != kPunctuation.npos || (is_bracketed && (c == ':' || c == '%'));
    });
}

}  // namespace

std::optional<ServerUrl> ServerUrl::parse(std::string_view text, const UrlSchemes& schemes) {
    ServerUrl url;
    const std::size_t scheme = text.find("://");
    if (scheme == text.npos) return std::nullopt;
    url.has_tls = text.substr(0, scheme) == schemes.tls;
    if (!url.has_tls && text.substr(0, scheme) != schemes.plain) return std::nullopt;
    text.remove_prefix(scheme + 3);
    if (text.ends_with('/')) text.remove_suffix(1);

    const bool is_bracketed = text.starts_with('[');
    const std::size_t end = is_bracketed ? text.find(']') : text.find(':');
    if (is_bracketed && end == text.npos) return std::nullopt;
    url.host = is_bracketed ? text.substr(1, end - 1) : text.substr(0, end);
    std::string_view rest = end == text.npos ? std::string_view() : text.substr(is_bracketed ? end + 1 : end);
    if (!is_host(url.host, is_bracketed)) return std::nullopt;
    if (rest.empty()) {
        url.port = url.has_tls ? schemes.tls_port : schemes.plain_port;
        return url;
    }
    if (!rest.starts_with(':') || !is_port(rest.substr(1))) return std::nullopt;
    url.port = rest.substr(1);
    return url;
}

std::string ServerUrl::authority() const {
    const bool is_v6 = host.find(':') != host.npos;
    return (is_v6 ? "[" + host + "]" : host) + ":" + port;
}

}  // namespace millrace
