#include "adapters/websocket/output.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace millrace::websocket {
namespace {

constexpr std::size_t kSparesMax = 64;
constexpr std::size_t kSpareBytesMax = 1 << 20;
constexpr std::size_t kCompactBytes = 64 * 1024;

}  // namespace

std::string BufferPool::lend() {
    if (spares_.empty()) return {};
    std::string buffer = std::move(spares_.back());
    spares_.pop_back();
    return buffer;
}

void BufferPool::give_back(std::string& buffer) {
    if (!is_lent(buffer)) return buffer.clear();
    std::string spare;
    spare.swap(buffer);
    spare.clear();
    if (spares_.size() < kSparesMax && spare.capacity() <= kSpareBytesMax) spares_.push_back(std::move(spare));
}

std::string& Output::buffer() {
    if (buffer_.empty() && !BufferPool::is_lent(buffer_)) buffer_ = pool_.lend();
    return buffer_;
}

bool Output::write(int socket) {
    std::size_t sent = 0;
    if (unsent() != 0) {
        const ssize_t size = ::send(socket, buffer_.data() + begin_, unsent(), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (size < 0 && errno != EAGAIN && errno != EINTR) return false;
        sent = size > 0 ? static_cast<std::size_t>(size) : 0;
    }
    advance(sent);
    return true;
}

void Output::advance(std::size_t sent) {
    begin_ += sent;
    const std::uint64_t credit = unsent() == 0 ? owed_ : std::min<std::uint64_t>(sent, owed_);
    owed_ -= credit;
    credit_ += credit;
    if (unsent() == 0) {
        pool_.give_back(buffer_);
        begin_ = 0;
    } else if (begin_ >= kCompactBytes && begin_ >= unsent()) {
        buffer_.erase(0, begin_);
        begin_ = 0;
    }
}

std::uint64_t Output::take_credit() { return std::exchange(credit_, 0); }

}  // namespace millrace::websocket
