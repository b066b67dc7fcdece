#pragma once

#include <string>
#include <string_view>

#include "adapters/chat/irc/line.hpp"

// The tags of a line (IRCv3 message-tags). Of a key that is there twice the last counts; an empty value and none are
// the same.
namespace millrace::chat::irc {

struct Tag {
    std::string_view key{};
    std::string_view value{};  // Escaped.
};

// Walks what Line::tags has.
class TagReader {
  public:
    explicit TagReader(std::string_view tags) : rest_(tags) {}

    // The next that has a key; false: there is none.
    bool next(Tag& tag);

  private:
    std::string_view rest_;
};

// `value` as it was before it was escaped: itself, or what `storage` then has. A `\` at the end is dropped, one before
// any other character than `: s \ r n` too.
std::string_view unescaped(std::string_view value, std::string& storage);

// Adds a tag to what goes before a line, as `a=1;b`. The tags' own limit is write_line's. On a fault nothing is added.
LineFault append_tag(std::string& tags, std::string_view key, std::string_view value);

}  // namespace millrace::chat::irc
