// A crowd of WebSocket connections: opens CONNECTIONS of them, ABREAST at a time, on one thread. Prints one JSON line
// once all are open, and how many a second that were. Then they are idle until the standard input ends.
// Exits 1 where one is refused, or is not open at the end; 2 where the arguments make no sense.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

namespace {

constexpr int kDeadline_ms = 10'000;

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

class Crowd {
  public:
    Crowd(const std::string& host, std::uint16_t port, const std::string& path, std::size_t count)
        : request_("GET " + path + " HTTP/1.1\r\nHost: " + host + ":" + std::to_string(port) +
                   "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                   "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"),
          guests_(count) {
        address_.sin_family = AF_INET;
        address_.sin_port = htons(port);
        if (inet_pton(AF_INET, host.c_str(), &address_.sin_addr) != 1) throw std::runtime_error("HOST must be IPv4");
    }

    void gather(std::size_t abreast) {
        std::array<epoll_event, 256> ready;
        while (open_ < guests_.size()) {
            while (begun_ < guests_.size() && begun_ - open_ < abreast) begin(begun_++);
            const int n = epoll_wait(epoll_, ready.data(), ready.size(), kDeadline_ms);
            if (n <= 0) throw std::runtime_error("nothing happens; open so far: " + std::to_string(open_));
            for (int i = 0; i < n; ++i) go_on(ready[static_cast<std::size_t>(i)].data.u64);
        }
    }

    // Whether all are open and none has been told anything but pings.
    bool is_whole() const {
        constexpr char kPing = '\x89';
        for (const Guest& guest : guests_) {
            char first = 0;
            const auto size = recv(guest.socket, &first, 1, MSG_DONTWAIT);
            if (size == 0 || (size < 0 && errno != EAGAIN) || (size > 0 && first != kPing)) return false;
        }
        return true;
    }

  private:
    struct Guest {
        int socket = -1;
        bool has_asked = false;
        std::string answer;
    };

    void begin(std::size_t index) {
        const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (socket < 0) fail("socket");
        if (connect(socket, reinterpret_cast<const sockaddr*>(&address_), sizeof address_) && errno != EINPROGRESS)
            fail("connect");
        guests_[index].socket = socket;
        epoll_event event{EPOLLOUT, {.u64 = index}};
        epoll_ctl(epoll_, EPOLL_CTL_ADD, socket, &event);
    }

    void go_on(std::size_t index) {
        Guest& guest = guests_[index];
        if (!guest.has_asked) {
            const auto size = send(guest.socket, request_.data(), request_.size(), MSG_NOSIGNAL);
            if (size != static_cast<ssize_t>(request_.size())) fail("request");
            guest.has_asked = true;
            epoll_event event{EPOLLIN, {.u64 = index}};
            epoll_ctl(epoll_, EPOLL_CTL_MOD, guest.socket, &event);
            return;
        }
        std::array<char, 2048> bytes;
        const auto size = recv(guest.socket, bytes.data(), bytes.size(), 0);
        if (size < 0) fail("answer");
        guest.answer.append(bytes.data(), static_cast<std::size_t>(size));
        if (size == 0 || !std::string("HTTP/1.1 101").starts_with(guest.answer.substr(0, 12)))
            throw std::runtime_error("refused: " + guest.answer);
        if (!guest.answer.ends_with("\r\n\r\n")) return;
        guest.answer = {};
        epoll_ctl(epoll_, EPOLL_CTL_DEL, guest.socket, nullptr);
        ++open_;
    }

    const std::string request_;
    sockaddr_in address_{};
    std::vector<Guest> guests_;
    std::size_t begun_ = 0;
    std::size_t open_ = 0;
    const int epoll_ = epoll_create1(EPOLL_CLOEXEC);
};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 6) {
        std::fprintf(stderr, "usage: ws_crowd HOST PORT PATH CONNECTIONS ABREAST\n");
        return 2;
    }
    try {
        const auto count = std::strtoul(argv[4], nullptr, 10);
        Crowd crowd(argv[1], static_cast<std::uint16_t>(std::strtoul(argv[2], nullptr, 10)), argv[3], count);
        const auto start = std::chrono::steady_clock::now();
        crowd.gather(std::strtoul(argv[5], nullptr, 10));
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
        std::printf("{\"connections_per_s\": %.0f}\n", static_cast<double>(count) / took.count());
        std::fflush(stdout);
        while (std::getchar() != EOF) {
        }
        if (!crowd.is_whole()) throw std::runtime_error("a connection was not left in peace");
    } catch (const std::exception& error) {
        std::fprintf(stderr, "ws_crowd: %s\n", error.what());
        return 1;
    }
}
