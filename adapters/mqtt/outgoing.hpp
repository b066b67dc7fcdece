#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// What is to be written to one side, in pieces: bytes of its own, and runs of the buffer that packets were read from,
// which are not copied. Whoever writes has written all of it, and clears it, before that buffer changes.
namespace millrace::mqtt {

class Outgoing {
  public:
    // Copies.
    void append(std::string_view bytes);

    // Bytes that stay where they are. Such as follow one another become one piece.
    void forward(std::string_view bytes);

    bool empty() const { return pieces_.empty(); }

    // In their order, until the next call.
    std::span<const std::string_view> pieces();

    // Keeps its memory.
    void clear();

  private:
    struct Piece {
        const char* foreign;  // Null: its bytes are in own_, at `offset`.
        std::size_t offset;
        std::size_t size;
    };

    std::string own_;
    std::vector<Piece> pieces_;
    std::vector<std::string_view> views_;
};

}  // namespace millrace::mqtt
