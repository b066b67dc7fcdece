#pragma once

#include <span>
#include <string_view>

#include "adapters/common/http/grammar.hpp"

namespace millrace::http {

struct Header {
    std::string_view name;   // as sent
    std::string_view value;  // without the blanks around it
};

// One request, in views of bytes that someone else has. It has been found well-formed: one Host in HTTP/1.1, at most
// one length, no line that is folded.
struct Request {
    std::string_view method;
    std::string_view target;            // as sent: a path and query, an http URL, or `*`
    int minor_version = 1;              // HTTP/1.1 or HTTP/1.0
    std::span<const Header> headers{};  // in their order
    std::string_view body{};            // in one piece, without what chunks added

    // The value of the first header of that name; empty where there is none.
    std::string_view header(std::string_view lower_name) const {
        for (const Header& each : headers) {
            if (is_word(each.name, lower_name)) return each.value;
        }
        return {};
    }
    bool has_header(std::string_view lower_name) const {
        for (const Header& each : headers) {
            if (is_word(each.name, lower_name)) return true;
        }
        return false;
    }
};

// The path of a target, neither decoded nor with its query: what is matched. Of an http URL the part behind its
// authority, which is "/" where it has none.
inline std::string_view path_of(std::string_view target) {
    if (!target.starts_with('/') && target != "*") {
        const std::size_t authority = target.find("://") + 3;
        const std::size_t path = target.find_first_of("/?#", authority);
        if (path == std::string_view::npos || target[path] != '/') return "/";
        target.remove_prefix(path);
    }
    return target.substr(0, target.find_first_of("?#"));
}

}  // namespace millrace::http
