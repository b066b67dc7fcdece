#pragma once

#include <cstddef>
#include <string>
#include <string_view>

// What every connection of the load generator sends, over and over: a ring of masked frames, made once, so that
// sending copies and masks nothing, and laid out twice, so that what waits to be sent is one piece. There is one slot
// more than messages in flight and no two payloads are alike, so the answer due next is never the one before or after
// it: a lost, doubled, reordered or foreign answer is seen. Immutable after construction; any thread.
namespace millrace::bench {

enum class Opcode : unsigned char { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

// One final, masked frame (RFC 6455, 5.2).
std::string masked_frame(Opcode opcode, std::string_view payload, unsigned mask);

class Tape {
  public:
    Tape(Opcode opcode, std::size_t payload_size, std::size_t depth, unsigned seed);

    Opcode opcode() const { return opcode_; }
    std::size_t slots() const { return slots_; }
    std::size_t next(std::size_t slot) const { return slot + 1 == slots_ ? 0 : slot + 1; }
    std::size_t payload_size() const { return payload_size_; }
    std::size_t frame_size() const { return size() / slots_; }
    std::size_t size() const { return frames_.size() / 2; }
    std::string_view payload(std::size_t slot) const { return {&payloads_[slot * payload_size_], payload_size_}; }
    // The frames from byte `begin` < size() of the ring on; size() bytes may be read, around the ring's end.
    const char* frames(std::size_t begin) const { return &frames_[begin]; }

  private:
    Opcode opcode_;
    std::size_t payload_size_;
    std::size_t slots_;
    std::string payloads_;
    std::string frames_;
};

}  // namespace millrace::bench
