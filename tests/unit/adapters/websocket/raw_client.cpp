#include "tests/unit/adapters/websocket/raw_client.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

namespace millrace::test {

std::string frame(unsigned first_byte, std::string_view payload, std::string_view key) {
    std::string bytes{static_cast<char>(first_byte)};
    const std::size_t size = payload.size();
    const int length_bytes = size < 126 ? 0 : size < 65536 ? 2 : 8;
    bytes += static_cast<char>(0x80 | (length_bytes == 0 ? size : length_bytes == 2 ? 126 : 127));
    for (int i = length_bytes; i-- > 0;) bytes += static_cast<char>(size >> (8 * i));
    bytes += key;
    for (std::size_t i = 0; i < size; ++i) bytes += static_cast<char>(payload[i] ^ key[i % 4]);
    return bytes;
}

std::string close_payload(unsigned code, std::string_view text) {
    std::string payload{static_cast<char>(code >> 8), static_cast<char>(code)};
    return payload.append(text);
}

RawClient::RawClient(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const timeval limit{10, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    if (::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) end_ = "lost";
}

RawClient::~RawClient() {
    if (socket_ >= 0) ::close(socket_);
}

void RawClient::set_receive_buffer(int bytes) { ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes); }

bool RawClient::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t size = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (size <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(size));
    }
    return true;
}

bool RawClient::fill() {
    char buffer[65536];
    const ssize_t size = ::recv(socket_, buffer, sizeof buffer, 0);
    if (size > 0) in_.append(buffer, static_cast<std::size_t>(size));
    if (size == 0) end_ = "end";
    if (size < 0) end_ = errno == EAGAIN ? "nothing" : "lost";
    return size > 0;
}

std::string RawClient::read_some() {
    if (in_.empty()) fill();
    return std::exchange(in_, {});
}

std::string RawClient::read_until(std::string_view mark) {
    while (in_.find(mark) == std::string::npos) {
        if (!fill()) return std::exchange(in_, {});
    }
    const std::size_t size = in_.find(mark) + mark.size();
    const std::string read = in_.substr(0, size);
    in_.erase(0, size);
    return read;
}

bool RawClient::has_some() const {
    char byte = 0;
    return !in_.empty() || ::recv(socket_, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0 || errno != EAGAIN;
}

void RawClient::reset() {
    const linger at_once{1, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    ::close(std::exchange(socket_, -1));
}

void RawClient::shut() { ::shutdown(socket_, SHUT_WR); }

std::string RawClient::read_to_end() {
    while (fill()) {
    }
    return end_ == "end" ? std::exchange(in_, {}) : end_;
}

std::string RawClient::read_frame() {
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(in_[at]); };
    const auto need = [&](std::size_t size) {
        while (in_.size() < size && fill()) {
        }
        return in_.size() >= size;
    };
    if (!need(2)) return end_;
    std::size_t size = byte(1);
    std::size_t head = 2;
    if (size >= 126) {
        const std::size_t length_bytes = size == 126 ? 2 : 8;
        if (!need(2 + length_bytes)) return end_;
        for (size = 0; head < 2 + length_bytes; ++head) size = size << 8 | byte(head);
    }
    if (!need(head + size)) return end_;
    char first[8];
    std::snprintf(first, sizeof first, "%02x:", byte(0));
    std::string text = first;
    if (byte(0) == kClose && size >= 2) {
        text += std::to_string(byte(head) << 8 | byte(head + 1)) + ":";
        head += 2;
        size -= 2;
    }
    text += in_.substr(head, size);
    in_.erase(0, head + size);
    return text;
}

std::string RawClient::upgrade(std::string_view target, std::string_view more_headers) {
    send("GET " + std::string(target) + " HTTP/1.1\r\n" + std::string(kUpgradeHead) + std::string(more_headers) +
         "\r\n");
    return read_until("\r\n\r\n");
}

}  // namespace millrace::test
