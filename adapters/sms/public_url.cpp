#include "adapters/sms/public_url.hpp"

#include "adapters/common/http/request.hpp"
#include "adapters/common/url_parts.hpp"

namespace millrace::sms {
namespace {

std::string_view without_slash(std::string_view path) {
    while (path.ends_with('/')) path.remove_suffix(1);
    return path;
}

// Of an http URL, which a proxy may send: what follows its authority.
std::string_view from_path(std::string_view target) {
    if (target.starts_with('/')) return target;
    const std::size_t scheme = target.find("://");
    const std::size_t path = scheme == target.npos ? target.npos : target.find('/', scheme + 3);
    return path == target.npos ? "/" : target.substr(path);
}

}  // namespace

PublicUrl::PublicUrl(std::string_view url, std::string_view stripped) : stripped_(without_slash(stripped)) {
    const UrlParts parts = split_url(url);
    if ((parts.scheme != "https" && parts.scheme != "http") || parts.host.empty() || parts.has_query) return;
    origin_ = parts.origin(parts.port);
    path_ = without_slash(parts.path);
    const std::string_view rest = std::string_view(path_).substr(std::min(stripped_.size(), path_.size()));
    has_prefix_ = path_.starts_with(stripped_) && (rest.empty() || rest.starts_with('/'));
    path_ = std::string(rest);
}

bool PublicUrl::covers(std::string_view target) const {
    std::string_view path = http::path_of(target);
    if (!path.starts_with(path_)) return false;
    path.remove_prefix(path_.size());
    return path.empty() || path.starts_with('/');
}

std::string PublicUrl::of(std::string_view target) const { return (origin_ + stripped_).append(from_path(target)); }

}  // namespace millrace::sms
