#include "gateway/core/spool_checksum.hpp"

#include <zlib.h>

#include <cstring>

namespace millrace::spool {

void Checksum::add(std::string_view bytes) {
    add(static_cast<std::int64_t>(bytes.size()));
    value_ =
        static_cast<std::uint32_t>(crc32_z(value_, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()));
}

void Checksum::add(std::int64_t value) {
    unsigned char bytes[sizeof value];
    std::memcpy(bytes, &value, sizeof value);
    value_ = static_cast<std::uint32_t>(crc32_z(value_, bytes, sizeof bytes));
}

}  // namespace millrace::spool
