#include "adapters/smtp/mime/lines.hpp"

namespace millrace::smtp::mime {
namespace {

constexpr std::size_t kLineBytesMax = 998;  // RFC 5322 §2.1.1, without its CRLF.

void check_nul(std::string_view raw, Defects& defects) {
    const std::size_t at = raw.find('\0');
    if (at != std::string_view::npos) defects.add(Fault::nul, 0, at);
}

void check_bare_cr(std::string_view raw, Defects& defects) {
    for (std::size_t at = 0; (at = raw.find('\r', at)) != std::string_view::npos; ++at) {
        if (at + 1 < raw.size() && raw[at + 1] == '\n') continue;
        return defects.add(Fault::bare_cr, 0, at);
    }
}

}  // namespace

void check_lines(std::string_view raw, Defects& defects) {
    check_nul(raw, defects);
    check_bare_cr(raw, defects);
    bool has_bare_lf = false;
    bool has_long_line = false;
    for (std::size_t at = 0; at < raw.size() && !(has_bare_lf && has_long_line);) {
        const Line line = line_at(raw, at);
        if (!has_bare_lf && line.next == line.end + 1) {
            has_bare_lf = true;
            defects.add(Fault::bare_lf, 0, line.end);
        }
        if (!has_long_line && line.end - line.begin > kLineBytesMax) {
            has_long_line = true;
            defects.add(Fault::long_line, 0, line.begin);
        }
        at = line.next;
    }
}

}  // namespace millrace::smtp::mime
