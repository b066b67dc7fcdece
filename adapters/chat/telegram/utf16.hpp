#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

// Places in a text: Telegram counts them in UTF-16 code units, Millrace in bytes of UTF-8. Each place that is asked for
// is found in one walk through the text, whatever their number. Not thread-safe.
namespace millrace::chat::telegram {

class Utf16Places {
  public:
    // A place that is going to be asked for.
    void want(std::int64_t units) { wanted_.push_back(units); }

    // `text` is valid UTF-8.
    void walk(std::string_view text);

    // In bytes. Absent: it lies behind the end, or within a character, or was not wanted before walk().
    std::optional<std::size_t> bytes(std::int64_t units) const;

  private:
    std::vector<std::int64_t> wanted_;
    std::vector<std::pair<std::int64_t, std::size_t>> found_;  // By the first.
};

// Whether a character begins there, or the text ends. `text` is valid UTF-8.
inline bool is_border(std::string_view text, std::size_t at) {
    return at == text.size() || (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) != 0x80);
}

// How many UTF-16 code units a text has that is valid UTF-8.
std::size_t utf16_units(std::string_view text);

}  // namespace millrace::chat::telegram
