#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "adapters/smtp/content_check.hpp"
#include "adapters/smtp/data_reader.hpp"

// The octets of a client as what they are: lines of commands, the text of a message behind DATA, the text of a chunk
// behind BDAT. Which it is next the owner says, as the protocol does; what is taken is not looked at again. Without I/O
// and clock; text is never copied, a line only where it came in parts.
namespace millrace::smtp {

struct LineLimits {
    std::size_t command_bytes_max = 4096;       // with CRLF
    std::size_t auth_bytes_max = 12288;         // AUTH, and what answers a challenge (RFC 4954 §4)
    std::size_t skipped_bytes_max = 64u << 10;  // of a line that is too long
};

class Codec {
  public:
    enum class Step {
        need_more,  // the input is used up
        line,       // line(), without its CRLF
        bad_line,   // one that ends in a bare LF
        long_line,  // one beyond its limit, which is skipped
        endless,    // one that is skipped has become too long for that: nothing more can be taken
        piece,      // piece(): text of the message
        end,        // of the chunk, or of the message behind DATA; lines follow
    };

    // The limits outlive it.
    Codec(const LineLimits& lines, const ContentLimits& content) : lines_(lines), check_(content) {}

    // Takes from the front of `input`; line() and piece() are good until the input or the codec changes.
    Step take(std::string_view& input);

    // The next line answers a challenge.
    void expect_auth_line() { is_auth_line_ = true; }
    // A message begins: behind DATA, or with its first chunk.
    void begin_data();
    void begin_chunks();
    // The next `bytes` are a chunk's. Of one that is not wanted no piece is given.
    void begin_chunk(std::uint64_t bytes, bool is_wanted);
    // No more chunks.
    void finish_chunks() { reader_.finish(); }

    std::string_view line() const { return taken_; }
    std::string_view piece() const { return taken_; }

    // Of the message so far.
    std::uint64_t content_bytes() const { return check_.bytes(); }
    Faults faults() const;

  private:
    enum class Mode { lines, data, chunk };

    Step take_line(std::string_view& input);
    Step give_line(std::string_view whole);
    std::size_t line_limit(std::string_view whole) const;
    Step skip_line(std::string_view& input);
    Step take_data(std::string_view& input);
    Step take_chunk(std::string_view& input);

    const LineLimits& lines_;
    Mode mode_ = Mode::lines;
    bool is_auth_line_ = false;
    bool is_chunk_wanted_ = false;
    std::size_t skipped_bytes_ = 0;  // 0: no line is skipped
    std::uint64_t chunk_left_ = 0;
    std::string partial_;  // of a line that came in parts
    bool is_partial_given_ = false;
    std::string_view taken_;
    DataReader reader_;
    ContentCheck check_;
};

}  // namespace millrace::smtp
