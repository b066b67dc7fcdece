#pragma once

#include <cstdint>

#include "adapters/smtp/reply.hpp"

// What is wrong with a message, whatever it says: each is a bit, so that they are the same in whatever parts it came.
namespace millrace::smtp {

enum class Fault : std::uint8_t {
    too_large = 1,
    looping = 2,  // too many Received fields (RFC 5321 §6.3)
    header_too_large = 4,
    too_many_fields = 8,
    line_too_long = 16,
    bare_lf = 32,
    bare_cr = 64,
    has_nul = 128,
};

class Faults {
  public:
    void add(Fault fault) { bits_ |= static_cast<unsigned>(fault); }
    void add(Faults faults) { bits_ |= faults.bits_; }
    bool has(Fault fault) const { return (bits_ & static_cast<unsigned>(fault)) != 0; }
    bool are_none() const { return bits_ == 0; }

    // For the first in the order above. There is one.
    Reply reply() const;

  private:
    unsigned bits_ = 0;
};

}  // namespace millrace::smtp
