#pragma once

#include <cstddef>
#include <string_view>

// Counts in the header section of a message as it comes, piece by piece. The section ends at the first line that is
// empty, or that neither is a field nor continues one (RFC 5322 §2.2).
namespace millrace::smtp {

class HeaderScan {
  public:
    void begin() { *this = {}; }
    void add(std::string_view piece);

    std::size_t bytes() const { return bytes_; }
    std::size_t fields() const { return fields_; }
    // Fields named Received, in any case; one that is folded counts once.
    std::size_t received() const { return received_; }

  private:
    enum class State { line_begin, name, blank, rest, over };

    void begin_line(char c);
    void add_to_name(char c);

    State state_ = State::line_begin;
    std::size_t bytes_ = 0;
    std::size_t fields_ = 0;
    std::size_t received_ = 0;
    std::size_t name_bytes_ = 0;
    bool is_received_ = false;  // The name so far begins like it.
};

}  // namespace millrace::smtp
