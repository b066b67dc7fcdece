#include "adapters/websocket/envelope.hpp"

namespace millrace::websocket {
namespace {

constexpr std::string_view kHead = R"({"msg":")";
constexpr std::string_view kTail = R"("})";

bool is_plain(char c) { return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\'; }

void append_escaped(std::string& out, char c) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    out += '\\';
    switch (c) {
        case '\n':
            out += 'n';
            return;
        case '\r':
            out += 'r';
            return;
        case '\t':
            out += 't';
            return;
        case '"':
        case '\\':
            out += c;
            return;
        default:
            out.append("u00") += kDigits[static_cast<unsigned char>(c) >> 4];
            out += kDigits[static_cast<unsigned char>(c) & 15];
    }
}

}  // namespace

std::string enveloped(std::string_view text) {
    std::string out;
    out.reserve(kHead.size() + text.size() + kTail.size());
    out.append(kHead);
    for (std::size_t i = 0; i < text.size();) {
        std::size_t end = i;
        while (end < text.size() && is_plain(text[end])) ++end;
        out.append(text.substr(i, end - i));
        if (end < text.size()) append_escaped(out, text[end++]);
        i = end;
    }
    return out.append(kTail);
}

}  // namespace millrace::websocket
