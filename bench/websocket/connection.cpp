#include "connection.hpp"

#include <cerrno>
#include <cstring>
#include <optional>

namespace millrace::bench {
namespace {

constexpr const char* kKey = "dGhlIHNhbXBsZSBub25jZQ==";  // the example of RFC 6455, 1.3, and its answer
constexpr const char* kAccept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

struct Head {
    std::size_t size;
    std::uint64_t payload;
    Opcode opcode;
    bool final;

    bool control() const { return opcode >= Opcode::close; }
};

std::optional<Head> read_head(std::string_view bytes) {
    auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
    if (bytes.size() < 2) return {};
    if (byte(0) & 0x70) throw NotAnEcho("a reserved bit is set");
    if (byte(1) & 0x80) throw NotAnEcho("a server's frame is masked");
    Head head{2, byte(1), static_cast<Opcode>(byte(0) & 15), (byte(0) & 0x80) != 0};
    std::size_t length_bytes = head.payload == 126 ? 2 : head.payload == 127 ? 8 : 0;
    if (bytes.size() < 2 + length_bytes) return {};
    if (length_bytes) head.payload = 0;
    for (; head.size < 2 + length_bytes; ++head.size) head.payload = head.payload << 8 | byte(head.size);
    if (head.control() && (head.payload > 125 || !head.final)) throw NotAnEcho("a bad control frame");
    return head;
}

}  // namespace

Connection::Connection(const char* host, std::uint16_t port, const std::string& path, bool is_tls, const Tape& tape,
                       std::size_t first_slot, Quantiles& round_trips_us)
    : tape_(tape), round_trips_us_(round_trips_us), stream_(host, port, is_tls), next_slot_(first_slot),
      send_at_(first_slot * tape.frame_size()), sent_at_(tape.slots()), due_slot_(first_slot) {
    handshake(std::string(host) + ":" + std::to_string(port), path);
    stream_.stop_blocking();
}

void Connection::handshake(const std::string& authority, const std::string& path) {
    auto request =
        "GET " + path + " HTTP/1.1\r\nHost: " + authority + "\r\nOrigin: http://" + authority +
        "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + kKey +
        "\r\n\r\n";
    if (stream_.write(request.data(), request.size()) != static_cast<ssize_t>(request.size()))
        throw std::runtime_error("handshake: nothing can be written");
    std::string answer;
    while (!answer.ends_with("\r\n\r\n")) {
        char c;
        if (stream_.read(&c, 1) <= 0) throw std::runtime_error("handshake: closed after: " + answer);
        answer += c;
    }
    if (!answer.starts_with("HTTP/1.1 101 ") || answer.find(kAccept) == std::string::npos)
        throw std::runtime_error("handshake refused: " + answer);
}

void Connection::expect(std::size_t messages, Clock::time_point at) {
    in_flight_ += messages;
    for (; messages > 0; --messages) {
        sent_at_[next_slot_] = at;
        next_slot_ = tape_.next(next_slot_);
    }
}

void Connection::send(std::size_t messages) {
    unsent_bytes_ += messages * tape_.frame_size();
    flush();
}

std::size_t Connection::on_ready(std::span<char> scratch, bool peer_ended) {
    answered_ = 0;
    if (receive(scratch, peer_ended)) {
        close_when_idle();
        flush();
    } else {
        dropped_ |= !close_sent_;
        stream_.close();
    }
    return answered_;
}

void Connection::finish() {
    finishing_ = true;
    close_when_idle();
    flush();
}

void Connection::flush() {
    while (open() && (unsent_bytes_ > 0 || !control_.empty())) {
        bool control = !control_.empty() && send_at_ % tape_.frame_size() == 0;
        auto n = control ? stream_.write(control_.data(), control_.size())
                         : stream_.write(tape_.frames(send_at_), unsent_bytes_);
        if (n < 0 && errno == EAGAIN) return;
        if (n < 0) {
            dropped_ = true;
            return stream_.close();
        }
        auto written = static_cast<std::size_t>(n);
        if (control) {
            control_.erase(0, written);
        } else {
            send_at_ = (send_at_ + written) % tape_.size();
            unsent_bytes_ -= written;
        }
    }
}

// False where the connection has ended. A short read leaves nothing behind but, where the peer has ended, the end.
bool Connection::receive(std::span<char> scratch, bool peer_ended) {
    for (;;) {
        std::memcpy(scratch.data(), rest_.data(), rest_.size());
        auto room = scratch.size() - rest_.size();
        auto n = stream_.read(scratch.data() + rest_.size(), room);
        if (n < 0 && errno == EAGAIN) return true;
        if (n <= 0) return false;
        read_at_ = Clock::now();
        rest_ = parse({scratch.data(), rest_.size() + static_cast<std::size_t>(n)});
        if (static_cast<std::size_t>(n) < room && !peer_ended && stream_.short_is_all()) return true;
    }
}

// Returns the bytes that cannot be read before more arrive: of a head or a control frame.
std::string_view Connection::parse(std::string_view bytes) {
    for (;;) {
        if (!in_frame_) {
            auto head = read_head(bytes);
            if (!head || (head->control() && bytes.size() < head->size + head->payload)) return bytes;
            bytes.remove_prefix(head->size);
            if (head->control()) {
                on_control(head->opcode, bytes.substr(0, head->payload));
                bytes.remove_prefix(head->payload);
                continue;
            }
            if (head->opcode != (in_message_ ? Opcode::continuation : tape_.opcode()))
                throw NotAnEcho("an answer is not in kind");
            in_frame_ = in_message_ = true;
            final_ = head->final;
            frame_left_ = head->payload;
        }
        bytes = on_payload(bytes);
        if (in_frame_) return bytes;
    }
}

std::string_view Connection::on_payload(std::string_view bytes) {
    auto piece = bytes.substr(0, frame_left_);
    if (in_flight_ == 0) throw NotAnEcho("a message that is not due");
    if (tape_.payload(due_slot_).substr(matched_, piece.size()) != piece) throw NotAnEcho("an answer is not the echo");
    matched_ += piece.size();
    frame_left_ -= piece.size();
    in_frame_ = frame_left_ > 0;
    if (!in_frame_ && final_) on_answer();
    return bytes.substr(piece.size());
}

void Connection::on_answer() {
    if (matched_ != tape_.payload_size()) throw NotAnEcho("an answer is too short");
    auto round_trip = std::chrono::duration_cast<std::chrono::microseconds>(read_at_ - sent_at_[due_slot_]);
    round_trips_us_.add(static_cast<std::uint64_t>(round_trip.count()));
    due_slot_ = tape_.next(due_slot_);
    matched_ = 0;
    in_message_ = false;
    --in_flight_;
    ++answered_;
}

void Connection::on_control(Opcode opcode, std::string_view payload) {
    if (opcode == Opcode::ping) control_ += masked_frame(Opcode::pong, payload, 0x5a17c36e);
    if (opcode == Opcode::close && !close_sent_) dropped_ = true;
}

void Connection::close_when_idle() {
    if (!finishing_ || close_sent_ || in_flight_ > 0) return;
    control_ += masked_frame(Opcode::close, "\x03\xe8", 0x5a17c36e);
    close_sent_ = true;
}

}  // namespace millrace::bench
