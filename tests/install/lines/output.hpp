#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace lines {

// What the gateway is to hear of a command once its last byte has left.
struct Owed {
    std::uint64_t size = 0;
    std::uint64_t receipt = 0;  // not 0 where it wants to know what became of it
};

// What waits to be sent, and what is owed for it.
class Output {
  public:
    void add(std::string_view line, Owed owed = {});
    bool is_empty() const { return bytes_.empty(); }
    // Sends what the socket takes. False: the line is broken.
    bool flush(int socket);
    // Of the next line that has left, or, when it is over, that has not.
    std::optional<Owed> take(bool is_over = false);

  private:
    struct Part {
        std::uint64_t end;  // counted from the first byte ever added
        Owed owed;
    };

    std::string bytes_;
    std::deque<Part> parts_;
    std::uint64_t added_ = 0;
    std::uint64_t sent_ = 0;
};

}  // namespace lines
