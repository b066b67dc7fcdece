#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "gateway/core/config.hpp"

namespace millrace {

// The bytes of a YAML text, for what the parser does not tell: characters instead of bytes, and what stands at a place.
// A view of the text. Places outside of it are its end. Thread: any.
class YamlText {
  public:
    explicit YamlText(std::string_view text);

    std::string_view view() const { return text_; }

    // Where the first byte stands that YAML does not allow: no UTF-8, or a control character (at one of which the
    // parser would silently stop).
    std::optional<Position> fault() const;

    Position position(std::ptrdiff_t offset) const;
    bool is_at(std::ptrdiff_t offset, char c) const;

    // The first tab among the blanks that the line of a place begins with.
    std::optional<std::ptrdiff_t> indenting_tab(std::ptrdiff_t offset) const;

    // Does a quoted text begin here that nothing ends? (The parser takes the end of the file for its end.)
    bool is_open_quote(std::ptrdiff_t offset) const;

  private:
    std::size_t clamp(std::ptrdiff_t offset) const;

    std::string_view text_;                   // Without a byte order mark.
    std::vector<std::size_t> lines_;          // Where each begins.
    std::vector<std::size_t> continuations_;  // The bytes that begin no character.
};

}  // namespace millrace
