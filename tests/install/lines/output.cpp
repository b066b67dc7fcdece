#include "output.hpp"

#include <sys/socket.h>

#include <cerrno>

#include "fault.hpp"

namespace lines {

void Output::add(std::string_view line, std::uint64_t owed) {
    bytes_.append(line).append("\n");
    added_ += line.size() + 1;
    parts_.push_back({added_, owed});
}

bool Output::flush(int socket) {
    while (!bytes_.empty()) {
        const ssize_t size = ::send(socket, bytes_.data(), bytes_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (size < 0) return errno == EAGAIN;
        bytes_.erase(0, static_cast<std::size_t>(size));
        sent_ += static_cast<std::uint64_t>(size);
    }
    return true;
}

std::uint64_t Output::take_owed() {
    std::uint64_t owed = 0;
    const std::uint64_t left = has(Fault::accounts_before_it_has_left) ? added_ : sent_;
    for (; !parts_.empty() && parts_.front().end <= left; parts_.pop_front()) owed += parts_.front().owed;
    return owed;
}

}  // namespace lines
