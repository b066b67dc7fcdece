#include "adapters/common/url_parts.hpp"

namespace millrace {

std::string UrlParts::origin(std::string_view with_port) const {
    std::string text(scheme);
    if (!scheme.empty()) text += "://";
    if (!user_info.empty()) text.append(user_info) += '@';
    text += host;
    if (!with_port.empty()) (text += ':').append(with_port);
    return text;
}

std::string_view UrlParts::default_port() const {
    if (scheme == "https") return "443";
    return scheme == "http" ? "80" : "";
}

UrlParts split_url(std::string_view url) {
    UrlParts parts;
    url = url.substr(0, url.find('#'));
    const std::size_t colon = url.find("://");
    if (colon != url.npos && url.find_first_of("/?") == colon + 1) {
        parts.scheme = url.substr(0, colon);
        url.remove_prefix(colon + 3);
        const std::size_t end = url.find_first_of("/?");
        std::string_view authority = url.substr(0, end);
        url.remove_prefix(authority.size());
        if (const std::size_t at = authority.rfind('@'); at != authority.npos) {
            parts.user_info = authority.substr(0, at);
            authority.remove_prefix(at + 1);
        }
        const std::size_t bracket = authority.rfind(']');
        const std::size_t port = authority.find(':', bracket == authority.npos ? 0 : bracket);
        parts.host = authority.substr(0, port);
        if (port != authority.npos) parts.port = authority.substr(port + 1);
    }
    const std::size_t question = url.find('?');
    parts.path = url.substr(0, question);
    parts.has_query = question != url.npos;
    if (parts.has_query) parts.query = url.substr(question + 1);
    return parts;
}

}  // namespace millrace
