#include "adapters/smtp/mime/charsets.hpp"

#include <iconv.h>

#include <cerrno>

#include "adapters/common/utf8.hpp"
#include "adapters/smtp/mime/ascii.hpp"
#include "adapters/smtp/mime/charset_table.hpp"

namespace millrace::smtp::mime {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD
constexpr auto kFailed = static_cast<std::size_t>(-1);

// Without the first octets of a character whose others would follow.
std::string_view whole_characters(std::string_view text) {
    for (std::size_t cut = 1; cut <= 3 && cut <= text.size(); ++cut) {
        const auto byte = static_cast<unsigned char>(text[text.size() - cut]);
        if ((byte & 0xC0) == 0x80) continue;
        const std::size_t size = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1;
        return size > cut ? text.substr(0, text.size() - cut) : text;
    }
    return text;
}

Charsets::Outcome append_utf8(std::string& out, std::string_view bytes, bool may_be_cut) {
    if (may_be_cut) bytes = whole_characters(bytes);
    if (is_utf8(bytes)) {
        out += bytes;
        return Charsets::Outcome::good;
    }
    out += as_utf8(bytes);
    return Charsets::Outcome::bad_text;
}

// All of `bytes` through an open converter, which is as new before and after it.
Charsets::Outcome convert(iconv_t handle, std::string& out, std::string_view bytes, bool may_be_cut) {
    Charsets::Outcome outcome = Charsets::Outcome::good;
    char buffer[4096];
    iconv(handle, nullptr, nullptr, nullptr, nullptr);
    auto* from = const_cast<char*>(bytes.data());  // NOLINT: iconv's type; it does not write there.
    std::size_t left = bytes.size();
    bool is_done = false;
    while (!is_done) {
        char* to = buffer;
        std::size_t room = sizeof(buffer);
        const bool is_flush = left == 0;
        const std::size_t result =
            is_flush ? iconv(handle, nullptr, nullptr, &to, &room) : iconv(handle, &from, &left, &to, &room);
        const int error = result == kFailed ? errno : 0;
        out.append(buffer, static_cast<std::size_t>(to - buffer));
        is_done = is_flush && error != E2BIG;
        if (error == EINVAL && may_be_cut) {
            is_done = true;
        } else if (error == EILSEQ || error == EINVAL) {
            outcome = Charsets::Outcome::bad_text;
            out += kReplacement;
            ++from;
            --left;
        }
    }
    return outcome;
}

}  // namespace

Charsets::~Charsets() {
    for (const Converter& converter : open_) iconv_close(converter.handle);
}

void* Charsets::converter(const char* name) {
    for (const Converter& converter : open_) {
        if (std::string_view(converter.name) == name) return converter.handle;
    }
    const iconv_t handle = iconv_open(utf8_charset, name);
    if (handle == reinterpret_cast<iconv_t>(-1)) return nullptr;
    open_.push_back({name, handle});
    return handle;
}

Charsets::Outcome Charsets::append(std::string& out, std::string_view charset, std::string_view bytes,
                                   bool may_be_cut) {
    const char* name = charset.empty() ? utf8_charset : find_charset(trimmed(charset));
    if (name == utf8_charset) return append_utf8(out, bytes, may_be_cut);
    void* handle = name == nullptr ? nullptr : converter(name);
    if (handle == nullptr) {
        append_utf8(out, bytes, may_be_cut);
        return Outcome::unknown;
    }
    return convert(handle, out, bytes, may_be_cut);
}

}  // namespace millrace::smtp::mime
