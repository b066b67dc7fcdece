#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "adapters/common/http/framing.hpp"
#include "adapters/common/http/limits.hpp"
#include "adapters/common/http/request.hpp"

namespace millrace::http {

// Reads a request line and headers, RFC 9112 §3 and §5, line by line as they come. It is strict: lines end with CRLF,
// single spaces part the request line, names are followed by their colon. One empty line in front is passed over.
class HeadParser {
  public:
    explicit HeadParser(const Limits& limits) : limits_(limits) {}

    // `message`: all that there is of it, from its first byte, each time; it may lie elsewhere than before. Goes on
    // where the last call has ended. `none` where is_done(), or where more is needed.
    Fault parse(std::string_view message);

    bool is_done() const { return is_done_; }

    // After is_done(): how much of the message it was, and what it says, in views of `message`. `headers` is where they
    // are put.
    std::size_t size() const { return at_; }
    const Framing& framing() const { return framing_; }
    Request request(std::string_view message, std::vector<Header>& headers) const;

    // Forgets all, for the next message.
    void reset();

  private:
    // Of the message.
    struct Part {
        std::uint32_t begin;
        std::uint32_t size;
    };
    struct Field {
        Part name;
        Part value;
    };

    Fault take_line(std::string_view line);
    Fault take_request_line(std::string_view line);
    Fault take_header(std::string_view line);
    Part part(std::size_t begin_in_line, std::size_t size) const;

    const Limits& limits_;
    std::size_t at_ = 0;  // where the next line begins
    Part method_{};
    Part target_{};
    int minor_version_ = 1;
    std::vector<Field> fields_;
    Framing framing_;
    bool has_request_line_ = false;
    bool is_empty_line_seen_ = false;
    bool is_done_ = false;
};

}  // namespace millrace::http
