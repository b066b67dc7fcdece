// A server of IRC for one client that does nothing but talk: it lets the client in, has it join, and then says lines in
// the room as fast as they are taken, and a PING behind them.
//
//     irc_flood PORT LINES
//
// Prints one line of JSON: lines, and the seconds from the first to the answer to that PING, by which all were taken.
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

constexpr std::size_t kChunkLines = 1000;

class Line {
  public:
    explicit Line(int socket) : socket_(socket) {}

    void say(std::string_view bytes) const {
        while (!bytes.empty()) {
            const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0) std::exit(1);
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
    }

    // Reads until the client says this, and answers what it asks meanwhile.
    void hear(std::string_view words) {
        for (;;) {
            for (std::size_t end = 0; (end = in_.find("\r\n")) != in_.npos;) {
                const std::string line = in_.substr(0, end);
                in_.erase(0, end + 2);
                if (line.starts_with("CAP LS")) say(":s CAP * LS :\r\n");
                if (line.starts_with("PING")) say(":s PONG s " + line.substr(5) + "\r\n");
                if (line.starts_with(words)) return;
            }
            char bytes[4096];
            const ssize_t size = ::recv(socket_, bytes, sizeof bytes, 0);
            if (size <= 0) std::exit(1);
            in_.append(bytes, static_cast<std::size_t>(size));
        }
    }

  private:
    int socket_;
    std::string in_;
};

int accept_one(std::uint16_t port) {
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int on = 1;
    ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
    address.sin_port = ::htons(port);
    if (::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 || ::listen(listener, 8) != 0)
        std::exit(1);
    return ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    const std::size_t lines = std::strtoull(argv[2], nullptr, 10);
    Line line(accept_one(static_cast<std::uint16_t>(std::atoi(argv[1]))));
    line.hear("USER");
    line.say(":s 001 bench :Welcome bench!b@h\r\n:s 005 bench CHANTYPES=# :are supported\r\n:s 376 bench :end\r\n");
    line.hear("JOIN");
    line.say(":bench!b@h JOIN #room\r\n:s 353 bench = #room :bench ada\r\n:s 366 bench #room :end\r\nPING :begin\r\n");
    line.hear("PONG");
    std::string chunk;
    for (std::size_t i = 0; i < kChunkLines; ++i)
        chunk += ":ada!~ada@host.example.org PRIVMSG #room :" + std::to_string(i) + " is what somebody says here\r\n";
    const auto begin = std::chrono::steady_clock::now();
    for (std::size_t said = 0; said < lines; said += kChunkLines) line.say(chunk);
    line.say("PING :end\r\n");
    line.hear("PONG");
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    std::printf("{\"lines\": %zu, \"seconds\": %f}\n", (lines + kChunkLines - 1) / kChunkLines * kChunkLines, seconds);
    return 0;
}
