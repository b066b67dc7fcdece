#include "gateway/core/spool_checksum.hpp"

#include <zlib.h>

#include <cstring>
#include <utility>

namespace millrace::spool {
namespace {

std::uint32_t extend(std::uint32_t sum, std::string_view bytes) {
    const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
    return static_cast<std::uint32_t>(crc32_z(sum, data, bytes.size()));
}

}  // namespace

void Checksum::add(std::string_view bytes) {
    add(static_cast<std::int64_t>(bytes.size()));
    if (bytes.empty()) return;
    if (size_ + bytes.size() > buffer_.size()) flush();
    if (bytes.size() > buffer_.size()) {
        value_ = extend(value_, bytes);
        return;
    }
    std::memcpy(buffer_.data() + size_, bytes.data(), bytes.size());
    size_ += bytes.size();
}

void Checksum::add(std::int64_t value) {
    if (size_ + sizeof value > buffer_.size()) flush();
    std::memcpy(buffer_.data() + size_, &value, sizeof value);
    size_ += sizeof value;
}

std::int64_t Checksum::value() {
    flush();
    return value_;
}

void Checksum::flush() { value_ = extend(value_, {buffer_.data(), std::exchange(size_, 0)}); }

}  // namespace millrace::spool
