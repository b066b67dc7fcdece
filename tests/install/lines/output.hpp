#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

namespace lines {

// What waits to be sent, and what the gateway gets back for it. It owes the gateway the size of each command, once the
// command's last byte has left.
class Output {
  public:
    void add(std::string_view line, std::uint64_t owed);
    bool is_empty() const { return bytes_.empty(); }
    // Sends what the socket takes. False: the line is broken.
    bool flush(int socket);
    // What is owed for all that has left since the last call.
    std::uint64_t take_owed();

  private:
    struct Part {
        std::uint64_t end;  // counted from the first byte ever added
        std::uint64_t owed;
    };

    std::string bytes_;
    std::deque<Part> parts_;
    std::uint64_t added_ = 0;
    std::uint64_t sent_ = 0;
};

}  // namespace lines
