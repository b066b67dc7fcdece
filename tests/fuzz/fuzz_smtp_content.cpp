// Base64 and quoted-printable as they come from anyone: what our decoder says is what a decoder says that takes one
// octet after the other and nothing else.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "adapters/smtp/mime/ascii.hpp"
#include "adapters/smtp/mime/content_reader.hpp"

namespace {

using namespace millrace::smtp::mime;

void require(bool condition) {
    if (!condition) std::abort();
}

// Bit by bit.
std::string decode_base64(std::string_view text) {
    constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string bits, out;
    const auto flush = [&] {
        for (std::size_t i = 0; i + 8 <= bits.size(); i += 8) {
            int octet = 0;
            for (std::size_t k = 0; k < 8; ++k) octet = octet * 2 + (bits[i + k] - '0');
            out += static_cast<char>(octet);
        }
        bits.clear();
    };
    for (const char c : text) {
        const std::size_t digit = kAlphabet.find(c);
        if (c == '=') flush();
        if (digit == std::string_view::npos) continue;
        for (int bit = 5; bit >= 0; --bit) bits += static_cast<char>('0' + ((digit >> bit) & 1));
    }
    flush();
    return out;
}

// Line by line.
std::string decode_quoted_printable(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        std::string_view line_end = text.substr(end, 1);
        text.remove_prefix(end + line_end.size());
        const bool has_cr = !line_end.empty() && line.ends_with('\r');
        if (has_cr) line.remove_suffix(1);
        while (!line.empty() && is_blank(line.back())) line.remove_suffix(1);
        bool is_soft = false;
        for (std::size_t i = 0; i < line.size(); ++i) {
            const bool is_octet =
                line[i] == '=' && i + 2 < line.size() && hex_digit(line[i + 1]) >= 0 && hex_digit(line[i + 2]) >= 0;
            is_soft = line[i] == '=' && i + 1 == line.size();
            if (is_octet) {
                out += static_cast<char>(hex_digit(line[i + 1]) * 16 + hex_digit(line[i + 2]));
                i += 2;
            } else if (!is_soft) {
                out += line[i];
            }
        }
        if (!is_soft && has_cr) out += '\r';
        if (!is_soft) out += line_end;
    }
    return out;
}

}  // namespace

// The first octet chooses the encoding.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view content(reinterpret_cast<const char*>(data) + 1, size - 1);
    const bool is_base64 = (data[0] & 1) != 0;
    const Content ours = read_content(is_base64 ? Encoding::base64 : Encoding::quoted_printable, content, size);
    require(ours.bytes == (is_base64 ? decode_base64(content) : decode_quoted_printable(content)));
    require(ours.bytes.size() <= content.size());
    require(read_content(Encoding::identity, content, size).bytes == content);
    return 0;
}
