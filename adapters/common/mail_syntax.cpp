#include "adapters/common/mail_syntax.hpp"

#include <algorithm>

#include "adapters/common/utf8.hpp"

namespace millrace {
namespace {

constexpr std::size_t kLocalMax_bytes = 254;
constexpr std::size_t kDomainMax_bytes = 255;
constexpr std::size_t kLineMax_bytes = 998;

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

// The position of the `@` that no quotes surround; npos where there is none, or something that no address has.
std::size_t find_at(std::string_view address) {
    bool is_quoted = false;
    std::size_t at = std::string_view::npos;
    for (std::size_t i = 0; i < address.size(); ++i) {
        const char c = address[i];
        if (is_control(c)) return std::string_view::npos;
        if (is_quoted && c == '\\' && i + 1 < address.size() && !is_control(address[i + 1])) {
            ++i;
        } else if (c == '"') {
            if (at != std::string_view::npos) return std::string_view::npos;
            is_quoted = !is_quoted;
        } else if (!is_quoted) {
            if (c == ' ' || c == '<' || c == '>' || c == '\\') return std::string_view::npos;
            if (c == '@' && at != std::string_view::npos) return std::string_view::npos;
            if (c == '@') at = i;
        }
    }
    return is_quoted ? std::string_view::npos : at;
}

}  // namespace

bool is_mailbox(std::string_view address) {
    const std::size_t at = find_at(address);
    if (at == std::string_view::npos || at == 0 || at > kLocalMax_bytes) return false;
    const std::size_t domain_bytes = address.size() - at - 1;
    return domain_bytes > 0 && domain_bytes <= kDomainMax_bytes && is_utf8(address);
}

bool is_international(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}

std::string_view mail_content_fault(std::string_view content) {
    std::size_t line_begin = 0;
    for (std::size_t i = content.find_first_of(std::string_view("\r\n\0", 3)); i != content.npos;
         i = content.find_first_of(std::string_view("\r\n\0", 3), i)) {
        if (content[i] == '\0') return "there is a NUL in it";
        if (content[i] == '\n') return "there is a LF without its CR in it";
        if (i + 1 == content.size() || content[i + 1] != '\n') return "there is a CR without its LF in it";
        if (i - line_begin > kLineMax_bytes) return "a line of it has more than 998 bytes";
        line_begin = i += 2;
    }
    return content.size() - line_begin > kLineMax_bytes ? "a line of it has more than 998 bytes" : "";
}

}  // namespace millrace
