#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "adapters/common/http/fault.hpp"
#include "adapters/common/http/limits.hpp"
#include "adapters/common/input.hpp"

namespace millrace::http {

// Reads a chunked body, RFC 9112 §7.1, in whatever pieces it comes. Extensions and trailers are held to their form and
// to a size, and forgotten.
class ChunkReader {
  public:
    explicit ChunkReader(const Limits& limits) : limits_(limits) {}

    // Takes all of the input, or up to the body's end; the data is appended to `body`. `none` where is_done(), or where
    // more is needed.
    Fault read(Input& input, std::string& body);

    bool is_done() const { return state_ == State::done; }

    void reset();

  private:
    enum class State : std::uint8_t {
        size_begin,
        size,
        size_blank,
        extension,
        size_end,
        data,
        data_return,
        data_end,
        trailer_begin,
        trailer_name,
        trailer_value,
        trailer_end,
        end,
        done,
    };

    void read_data(Input& input, std::string& body);
    Fault step(char c);
    Fault in_size(char c);
    Fault in_extension(char c);
    Fault in_trailer(char c);
    Fault end_size_line();
    Fault go_on_if(bool condition, State next);

    static constexpr std::size_t kSizeDigitsMax = 16;
    static constexpr std::size_t kExtensionBytesMax = 4096;  // of one body

    const Limits& limits_;
    std::size_t size_ = 0;         // of the chunk, what is still to come
    std::size_t size_digits_ = 0;  // of the chunk
    std::size_t body_bytes_ = 0;
    std::size_t extension_bytes_ = 0;
    std::size_t trailer_bytes_ = 0;
    State state_ = State::size_begin;
};

}  // namespace millrace::http
