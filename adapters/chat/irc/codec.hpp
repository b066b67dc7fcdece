#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include "adapters/chat/irc/line.hpp"

// The stream of an IRC server as lines, and lines as the bytes that go to it. No I/O.
//
// A line ends with LF; CRs before it belong to the end. What is malformed is handed out as such, and the next line is
// looked at afresh: one bad line ends no connection. Nothing is copied: a line lies in the input, and is valid as long
// as that. Chops make no difference. Not thread-safe.
namespace millrace::chat::irc {

// Bytes that have come and are not taken yet.
struct Input {
    const char* begin;
    const char* end;

    std::size_t size() const { return static_cast<std::size_t>(end - begin); }
};

// An input that has room for so much always gets on.
inline constexpr std::size_t kInputBytesMin = kHeardTagBytesMax + kHeardLineBytesMax;

class Codec {
  public:
    enum class Step {
        need_more,  // Nothing more can be taken: offer what is left of the input again, with more behind it.
        line,       // line() has it.
        malformed,  // fault() has why; it is taken.
    };

    Step take(Input& input);

    const Line& line() const { return line_; }
    LineFault fault() const { return fault_; }

  private:
    Line line_;
    LineFault fault_ = LineFault::none;
    bool is_skipping_ = false;  // The rest of a line of which too much has come already.
};

// Appends `@tags command params CR LF`. `tags` are of append_tag, or empty. Only what any server reads as this one line
// is written; on a fault nothing is. `line_bytes`: the server's LINELEN.
LineFault write_line(std::string& out, std::string_view tags, std::string_view command,
                     std::span<const std::string_view> params, std::size_t line_bytes = kLineBytes);

inline LineFault write_line(std::string& out, std::string_view command,
                            std::initializer_list<std::string_view> params) {
    return write_line(out, {}, command, std::span(params.begin(), params.size()));
}

}  // namespace millrace::chat::irc
