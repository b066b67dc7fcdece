#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "adapters/smtp/faults.hpp"
#include "adapters/smtp/header_scan.hpp"

// The limits that a message has to keep, whatever is in it (RFC 5321 §4.5.3.1, §6.3).
namespace millrace::smtp {

struct ContentLimits {
    std::uint64_t bytes_max = 50u << 20;
    std::size_t line_bytes_max = 64u << 10;  // with its CRLF
    std::size_t header_bytes_max = 1u << 20;
    std::size_t fields_max = 1000;
    std::size_t received_max = 100;  // that many make a loop
};

class ContentCheck {
  public:
    // `limits` outlives it.
    explicit ContentCheck(const ContentLimits& limits) : limits_(limits) {}

    void begin();
    // The text, in order, dots taken off.
    void add(std::string_view piece);

    std::uint64_t bytes() const { return bytes_; }
    const Faults& faults() const { return faults_; }

  private:
    void add_lines(std::string_view piece);

    const ContentLimits& limits_;
    std::uint64_t bytes_ = 0;
    std::size_t line_bytes_ = 0;  // Of the line that has not ended.
    HeaderScan header_;
    Faults faults_;
};

}  // namespace millrace::smtp
