#include "output.hpp"

#include <sys/socket.h>

#include <cerrno>

#include "fault.hpp"

namespace lines {

void Output::add(std::string_view line, Owed owed) {
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

std::optional<Owed> Output::take(bool is_over) {
    const std::uint64_t left = is_over || has(Fault::accounts_before_it_has_left) ? added_ : sent_;
    if (parts_.empty() || parts_.front().end > left) return std::nullopt;
    const Owed owed = parts_.front().owed;
    parts_.pop_front();
    return owed;
}

}  // namespace lines
