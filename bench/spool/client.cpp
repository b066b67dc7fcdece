#include "client.hpp"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <stdexcept>

#include "bench/websocket/tape.hpp"

namespace millrace::bench {
namespace {

constexpr const char* kKey = "dGhlIHNhbXBsZSBub25jZQ==";  // the example of RFC 6455, 1.3
constexpr unsigned kMask = 0x5a17c36e;
constexpr std::string_view kAck = "{\"ack\":";

// The text of the n-th message: its number, and what fills it.
std::string text_of(std::uint64_t number, std::size_t bytes) {
    std::string text = std::to_string(number) + ' ';
    text.resize(bytes, 'x');
    return text;
}

}  // namespace

Client::Client(const char* host, std::uint16_t port, const std::string& path, Hears hears, std::size_t payload_bytes,
               Tally& tally)
    : hears_(hears), payload_bytes_(payload_bytes), tally_(tally), stream_(host, port, false) {
    handshake(std::string(host) + ":" + std::to_string(port), path);
    stream_.stop_blocking();
}

void Client::handshake(const std::string& authority, const std::string& path) {
    auto request =
        "GET " + path + " HTTP/1.1\r\nHost: " + authority + "\r\nOrigin: http://" + authority +
        "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + kKey +
        "\r\n";
    if (hears_ == Hears::acks) request += "Sec-WebSocket-Protocol: millrace.ack.v1\r\n";
    request += "\r\n";
    if (stream_.write(request.data(), request.size()) != static_cast<ssize_t>(request.size()))
        throw std::runtime_error("handshake: nothing can be written");
    std::string answer;
    while (!answer.ends_with("\r\n\r\n")) {
        char c;
        if (stream_.read(&c, 1) <= 0) throw std::runtime_error("handshake: closed after: " + answer);
        answer += c;
    }
    if (!answer.starts_with("HTTP/1.1 101 ")) throw std::runtime_error("handshake refused: " + answer);
    if (hears_ == Hears::acks && answer.find("millrace.ack.v1") == std::string::npos)
        throw std::runtime_error("there are no acknowledgements: " + answer);
}

void Client::add(Clock::time_point due) {
    unsent_ += masked_frame(Opcode::text, text_of(++sent_, payload_bytes_), kMask);
    due_.push_back(due);
    ++tally_.sent;
}

void Client::flush() {
    while (written_ < unsent_.size()) {
        const auto n = stream_.write(&unsent_[written_], unsent_.size() - written_);
        if (n < 0 && errno == EAGAIN) return;
        if (n < 0) throw std::runtime_error(std::string("write: ") + std::strerror(errno));
        written_ += static_cast<std::size_t>(n);
    }
    unsent_.clear();
    written_ = 0;
}

void Client::close() {
    unsent_ += masked_frame(Opcode::close, "\x03\xe8", kMask);
    flush();
}

std::size_t Client::on_ready(std::span<char> scratch) {
    std::size_t settled = 0;
    for (;;) {
        const auto n = stream_.read(scratch.data(), scratch.size());
        if (n < 0 && errno == EAGAIN) break;
        if (n <= 0) throw std::runtime_error("the gateway has ended the connection");
        const auto now = Clock::now();
        rest_.append(scratch.data(), static_cast<std::size_t>(n));
        std::string_view bytes = rest_;
        while (bytes.size() >= 2) {
            const auto opcode = static_cast<Opcode>(bytes[0] & 15);
            const auto size = static_cast<unsigned char>(bytes[1]);
            if (size > 125) throw std::runtime_error("a frame that is longer than anything due");
            if (bytes.size() < 2u + size) break;
            const auto payload = bytes.substr(2, size);
            bytes.remove_prefix(2u + size);
            if (opcode == Opcode::text) {
                settled += on_text(payload, now);
            } else if (opcode == Opcode::ping) {
                unsent_ += masked_frame(Opcode::pong, payload, kMask);
            } else {
                throw std::runtime_error("a frame of opcode " + std::to_string(static_cast<int>(opcode)));
            }
        }
        rest_.erase(0, rest_.size() - bytes.size());
    }
    flush();
    return settled;
}

std::size_t Client::on_text(std::string_view text, Clock::time_point now) {
    const auto total = hears_ == Hears::acks ? settled_of(text) : settled_ + 1;
    const bool is_due = hears_ == Hears::acks || text == text_of(total, payload_bytes_);
    if (!is_due || total <= settled_ || total > sent_)
        throw std::runtime_error("after " + std::to_string(settled_) + " of " + std::to_string(sent_) +
                                 " not due: " + std::string(text));
    const auto count = total - settled_;
    for (; settled_ < total; ++settled_) {
        const auto due = due_.front();
        due_.pop_front();
        if (due < tally_.begin || due >= tally_.end) continue;
        const auto latency = std::chrono::duration_cast<std::chrono::microseconds>(now - due);
        tally_.latencies_us.add(static_cast<std::uint64_t>(latency.count()));
    }
    tally_.settled += count;
    return count;
}

// Of `{"ack":N}`. One with `rejected` is none: nothing that this sends is.
std::uint64_t Client::settled_of(std::string_view text) const {
    std::uint64_t total = 0;
    if (text.starts_with(kAck)) {
        const auto [end, error] = std::from_chars(text.data() + kAck.size(), text.data() + text.size(), total);
        if (error == std::errc{} && text.substr(static_cast<std::size_t>(end - text.data())) == "}") return total;
    }
    throw std::runtime_error("no acknowledgement: " + std::string(text));
}

}  // namespace millrace::bench
