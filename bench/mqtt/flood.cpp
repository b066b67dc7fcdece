// A broker for one subscriber that does nothing but publish: it takes CONNECT and SUBSCRIBE and then sends numbered
// messages as fast as the subscriber takes them, of QoS 1 with at most so many unacknowledged. MQTT 3.1.1 and 5.
//
//     mqtt_flood PORT QOS PAYLOAD_BYTES WINDOW SECONDS
//
// Prints one line of JSON: messages, seconds (from the subscription on), and of QoS 1 the median time from PUBLISH to
// PUBACK in microseconds. It counts what was acknowledged; of QoS 0, what the socket took.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kBufferBytes = 256 << 10;
constexpr std::size_t kSamples = 1 << 20;
constexpr std::string_view kTopic = "plant/3/temperature";

struct Options {
    std::uint16_t port;
    unsigned qos;
    std::size_t payload_bytes;
    std::uint64_t window;
    double seconds;
};

void put_length(std::string& out, std::size_t length) {
    for (; length >= 128; length >>= 7) out += static_cast<char>(length | 128);
    out += static_cast<char>(length);
}

class Flood {
  public:
    Flood(int socket, const Options& options) : socket_(socket), options_(options), sent_at_(65'536) {
        payload_.assign(options.payload_bytes, 'x');
    }

    // Whether there is a result.
    bool run() {
        while (!is_over()) {
            if (is_subscribed_) publish();
            if (!write_out()) return false;
            const bool has_more = !out_.empty() || (is_subscribed_ && options_.qos == 0);
            pollfd poll{socket_, static_cast<short>(POLLIN | (has_more ? POLLOUT : 0)), 0};
            ::poll(&poll, 1, 1000);
            if (!read_in()) return false;
        }
        report();
        return true;
    }

  private:
    bool is_over() const { return is_subscribed_ && seconds() >= options_.seconds; }
    double seconds() const { return std::chrono::duration<double>(Clock::now() - began_).count(); }

    void publish() {
        while (out_.size() < kBufferBytes && (options_.qos == 0 || sent_ - acknowledged_ < options_.window)) {
            out_ += static_cast<char>(0x30 | options_.qos << 1);
            put_length(out_, 2 + kTopic.size() + (options_.qos > 0 ? 2 : 0) + (is_v5_ ? 1 : 0) + payload_.size());
            out_.append({'\0', static_cast<char>(kTopic.size())}).append(kTopic);
            if (options_.qos > 0) {
                if (++packet_id_ == 0) packet_id_ = 1;
                out_.append({static_cast<char>(packet_id_ >> 8), static_cast<char>(packet_id_)});
                sent_at_[packet_id_] = Clock::now();
            }
            if (is_v5_) out_ += '\0';
            out_ += payload_;
            ++sent_;
        }
    }

    bool write_out() {
        if (out_.empty()) return true;
        const ssize_t size = ::write(socket_, out_.data(), out_.size());
        if (size < 0) return errno == EAGAIN;
        out_.erase(0, static_cast<std::size_t>(size));
        return true;
    }

    bool read_in() {
        std::array<char, 65'536> piece;
        const ssize_t size = ::read(socket_, piece.data(), piece.size());
        if (size == 0 || (size < 0 && errno != EAGAIN)) return false;
        if (size > 0) in_.append(piece.data(), static_cast<std::size_t>(size));
        std::size_t at = 0;
        while (take_packet(at)) {
        }
        in_.erase(0, at);
        return true;
    }

    bool take_packet(std::size_t& at) {
        std::size_t length = 0, head = at + 1;
        for (int shift = 0;; shift += 7) {
            if (head >= in_.size()) return false;
            const auto byte = static_cast<unsigned char>(in_[head++]);
            length |= static_cast<std::size_t>(byte & 127) << shift;
            if (byte < 128) break;
        }
        if (in_.size() - head < length) return false;
        take(static_cast<unsigned char>(in_[at]) >> 4, std::string_view(in_).substr(head, length));
        at = head + length;
        return true;
    }

    void take(int type, std::string_view body) {
        const auto byte = [body](std::size_t i) { return static_cast<unsigned char>(body[i]); };
        if (type == 1) {
            is_v5_ = byte(6) == 5;
            out_ += is_v5_ ? std::string("\x20\x03\0\0\0", 5) : std::string("\x20\x02\0\0", 4);
        } else if (type == 8) {
            out_ += is_v5_ ? std::string("\x90\x04", 2) : std::string("\x90\x03", 2);
            out_.append(body.substr(0, 2));
            if (is_v5_) out_ += '\0';
            out_ += static_cast<char>(options_.qos);
            is_subscribed_ = true;
            began_ = Clock::now();
        } else if (type == 4) {
            ++acknowledged_;
            if (times_us_.size() == kSamples) return;
            const auto packet_id = static_cast<std::uint16_t>(byte(0) << 8 | byte(1));
            times_us_.push_back(std::chrono::duration<float, std::micro>(Clock::now() - sent_at_[packet_id]).count());
        } else if (type == 12) {
            out_ += std::string("\xd0\0", 2);
        }
    }

    void report() {
        float median_us = 0;
        if (!times_us_.empty()) {
            const auto middle = times_us_.begin() + static_cast<std::ptrdiff_t>(times_us_.size() / 2);
            std::nth_element(times_us_.begin(), middle, times_us_.end());
            median_us = *middle;
        }
        std::printf("{\"messages\": %llu, \"seconds\": %.3f, \"median_us\": %.0f}\n",
                    static_cast<unsigned long long>(options_.qos == 0 ? sent_ : acknowledged_), seconds(),
                    static_cast<double>(median_us));
    }

    const int socket_;
    const Options options_;
    std::string payload_;
    std::string in_;
    std::string out_;
    bool is_v5_ = false;
    bool is_subscribed_ = false;
    std::uint64_t sent_ = 0;
    std::uint64_t acknowledged_ = 0;
    std::uint16_t packet_id_ = 0;
    Clock::time_point began_;
    std::vector<Clock::time_point> sent_at_;
    std::vector<float> times_us_;
};

int listen_on(std::uint16_t port) {
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int on = 1;
    ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const bool is_bound = ::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    return is_bound && ::listen(listener, 8) == 0 ? listener : -1;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 6) return std::fprintf(stderr, "usage: mqtt_flood PORT QOS PAYLOAD_BYTES WINDOW SECONDS\n"), 2;
    const Options options{static_cast<std::uint16_t>(std::atoi(argv[1])), static_cast<unsigned>(std::atoi(argv[2])),
                          static_cast<std::size_t>(std::atoll(argv[3])),
                          static_cast<std::uint64_t>(std::atoll(argv[4])), std::atof(argv[5])};
    const int listener = listen_on(options.port);
    if (listener < 0) return std::perror("mqtt_flood"), 1;
    for (;;) {
        const int socket = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        const int on = 1;
        ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        const bool is_done = Flood(socket, options).run();
        ::close(socket);
        if (is_done) return 0;
    }
}
