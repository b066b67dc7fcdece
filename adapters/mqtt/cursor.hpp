#pragma once

#include <cstdint>
#include <string_view>

#include "adapters/mqtt/protocol.hpp"

// Reads the data types of §1.5 from the front of bytes that it does not own. A function that finds too little, or what
// the type does not allow, answers false; where the cursor stands is then not said.
namespace millrace::mqtt {

class Cursor {
  public:
    explicit Cursor(std::string_view bytes) : rest_(bytes) {}

    std::string_view rest() const { return rest_; }
    bool is_at_end() const { return rest_.empty(); }

    bool take_byte(std::uint8_t& value) {
        std::uint32_t number = 0;
        if (!take_number(1, number)) return false;
        value = static_cast<std::uint8_t>(number);
        return true;
    }
    bool take_u16(std::uint16_t& value) {
        std::uint32_t number = 0;
        if (!take_number(2, number)) return false;
        value = static_cast<std::uint16_t>(number);
        return true;
    }
    bool take_u32(std::uint32_t& value) { return take_number(4, value); }

    bool take(std::size_t size, std::string_view& bytes) {
        if (rest_.size() < size) return false;
        bytes = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return true;
    }

    // Binary data, and text before it is looked at: two bytes of length, then so many bytes.
    bool take_data(std::string_view& bytes) {
        std::uint16_t size = 0;
        return take_u16(size) && take(size, bytes);
    }

    enum class Varint {
        whole,
        incomplete,  // There is less of it than its first bytes promise.
        too_long,    // It has more than four bytes.
        not_shortest,
    };
    // Where it is not in its shortest form, the value is there all the same.
    Varint take_varint(std::uint32_t& value) {
        value = 0;
        for (std::size_t i = 0; i < 4; ++i) {
            if (i == rest_.size()) return Varint::incomplete;
            const auto byte = static_cast<std::uint8_t>(rest_[i]);
            value |= static_cast<std::uint32_t>(byte & 0x7F) << (7 * i);
            if ((byte & 0x80) != 0) continue;
            rest_.remove_prefix(i + 1);
            return i > 0 && byte == 0 ? Varint::not_shortest : Varint::whole;
        }
        return Varint::too_long;
    }

  private:
    bool take_number(std::size_t size, std::uint32_t& value) {
        if (rest_.size() < size) return false;
        value = 0;
        for (std::size_t i = 0; i < size; ++i) value = value << 8 | static_cast<std::uint8_t>(rest_[i]);
        rest_.remove_prefix(size);
        return true;
    }

    std::string_view rest_;
};

// Is it a UTF-8 encoded string as §1.5.4 wants it: well-formed, and without U+0000?
bool is_string(std::string_view bytes);

// Is it a name to publish to (§4.7): a string of at least one character, without wildcards?
bool is_topic_name(std::string_view bytes);

}  // namespace millrace::mqtt
