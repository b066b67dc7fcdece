#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "adapters/common/http/fault.hpp"

namespace millrace::http {

// What the headers say of the message and of the connection: where the body ends (RFC 9112 §6), whether another request
// may follow (§9.3), and what the client waits for (RFC 9110 §10.1.1). Whatever two readers could take differently is
// refused: a proxy in front may be the other one.
class Framing {
  public:
    // The next header; `value` is trimmed.
    Fault add(std::string_view name, std::string_view value);

    // After the last one.
    Fault finish(int minor_version, std::size_t body_bytes_max);

    // After finish().
    bool is_chunked() const { return codings_ != 0; }
    std::size_t length() const { return length_; }
    bool has_body() const { return is_chunked() || length_ != 0; }
    bool is_last() const { return is_last_; }
    bool expects_continue() const { return expects_continue_; }

  private:
    Fault add_connection(std::string_view value);
    Fault add_length(std::string_view value);
    Fault add_coding(std::string_view value);

    std::size_t length_ = 0;  // as large as can be where it is larger
    std::uint32_t hosts_ = 0;
    std::uint32_t lengths_ = 0;
    std::uint32_t codings_ = 0;
    bool is_last_ = false;
    bool is_kept_ = false;  // `Connection: keep-alive`
    bool expects_continue_ = false;
    bool expects_other_ = false;
    bool is_compressed_ = false;
};

}  // namespace millrace::http
