#include "adapters/websocket/server_frames.hpp"

#include <algorithm>

#include "adapters/common/utf8.hpp"

namespace millrace::websocket {

void write_frame(std::string& out, unsigned opcode, std::string_view payload) {
    char head[10] = {static_cast<char>(kFinal | opcode)};
    std::size_t size = 2;
    if (payload.size() < 126) {
        head[1] = static_cast<char>(payload.size());
    } else {
        const int length_bytes = payload.size() < 65536 ? 2 : 8;
        head[1] = length_bytes == 2 ? 126 : 127;
        for (int i = length_bytes; i-- > 0;) head[size++] = static_cast<char>(payload.size() >> (8 * i));
    }
    out.append(head, size).append(payload);
}

bool may_be_sent(std::uint32_t code) {
    return (code >= 1000 && code <= 1014 && (code < 1004 || code > 1006)) || (code >= 3000 && code <= 4999);
}

void write_message(std::string& out, bool is_text, std::string_view payload) {
    write_frame(out, is_text ? kText : kBinary, payload);
}

void write_compressed(std::string& out, bool is_text, std::string_view payload) {
    write_frame(out, kCompressed | (is_text ? kText : kBinary), payload);
}

void write_ping(std::string& out) { write_frame(out, kPing, {}); }

void write_close(std::string& out, std::uint32_t code, std::string_view text) {
    if (!may_be_sent(code)) code = 1000;
    std::size_t size = std::min<std::size_t>(text.size(), kControlBytesMax - 2);
    if (size < text.size()) {
        while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) --size;
    }
    std::string payload{static_cast<char>(code >> 8), static_cast<char>(code)};
    payload.append(text.substr(0, size));
    if (!is_utf8(text.substr(0, size))) payload.resize(2);
    write_frame(out, kClose, payload);
}

}  // namespace millrace::websocket
