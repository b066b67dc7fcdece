#include "tape.hpp"

#include <random>

namespace millrace::bench {

std::string masked_frame(Opcode opcode, std::string_view payload, unsigned mask) {
    auto size = payload.size();
    int length_bytes = size < 126 ? 0 : size < 65536 ? 2 : 8;
    std::string frame;
    frame += static_cast<char>(0x80 | static_cast<unsigned>(opcode));
    frame += static_cast<char>(0x80 | (length_bytes == 0 ? size : length_bytes == 2 ? 126 : 127));
    for (int i = length_bytes - 1; i >= 0; --i) frame += static_cast<char>(size >> (8 * i));
    for (unsigned i = 0; i < 4; ++i) frame += static_cast<char>(mask >> (8 * i));
    for (std::size_t i = 0; i < size; ++i)
        frame += static_cast<char>(static_cast<unsigned char>(payload[i]) ^ (mask >> (8 * (i % 4))));
    return frame;
}

Tape::Tape(Opcode opcode, std::size_t payload_size, std::size_t depth, unsigned seed)
    : opcode_(opcode), payload_size_(payload_size), slots_(depth + 1) {
    std::mt19937 random(seed);
    std::uniform_int_distribution<int> printable(' ', '~');
    for (std::size_t slot = 0; slot < slots_; ++slot) {
        std::string payload(payload_size, ' ');
        for (char& c : payload) c = static_cast<char>(printable(random));
        payloads_ += payload;
        frames_ += masked_frame(opcode, payload, static_cast<unsigned>(random()));
    }
    frames_ += frames_;
}

}  // namespace millrace::bench
