#include "tests/support/irc_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <vector>

namespace millrace::test {
namespace {

constexpr std::size_t kLineBytes = 4096;
constexpr std::string_view kAddress = "!~gw@gateway.test";

void send_all(int socket, std::string& bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return;
        bytes.erase(0, static_cast<std::size_t>(sent));
    }
}

// The parameters of a line, of which the last may have spaces; the command is the first.
std::vector<std::string> words_of(std::string_view line) {
    std::vector<std::string> words;
    while (!line.empty()) {
        if (line[0] == ':') {
            words.emplace_back(line.substr(1));
            break;
        }
        const std::size_t end = std::min(line.find(' '), line.size());
        words.emplace_back(line.substr(0, end));
        line.remove_prefix(std::min(end + 1, line.size()));
    }
    words.resize(std::max<std::size_t>(words.size(), 3));
    return words;
}

}  // namespace

IrcServer::IrcServer() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), wake_(::eventfd(0, EFD_CLOEXEC)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_, generic, size) != 0 || ::listen(listener_, 16) != 0 ||
        ::getsockname(listener_, generic, &size) != 0)
        throw std::runtime_error("no port for the server");
    port_ = ::ntohs(address.sin_port);
    thread_ = std::thread(&IrcServer::run, this);
}

IrcServer::~IrcServer() {
    {
        const std::lock_guard lock(mutex_);
        is_stopping_ = true;
    }
    ::eventfd_write(wake_, 1);
    thread_.join();
    if (client_ >= 0) ::close(client_);
    ::close(listener_);
    ::close(wake_);
}

void IrcServer::say(std::string_view line) {
    {
        const std::lock_guard lock(mutex_);
        (out_ += line) += "\r\n";
    }
    ::eventfd_write(wake_, 1);
}

bool IrcServer::take(const std::string& target, std::string& text, std::chrono::milliseconds time) {
    std::unique_lock lock(mutex_);
    if (is_stalled_) {
        is_stalled_ = false;
        ::eventfd_write(wake_, 1);
    }
    std::deque<std::string>& waiting = came_for_[target];
    if (!came_.wait_for(lock, time, [&] { return !waiting.empty(); })) return false;
    text = waiting.front();
    waiting.pop_front();
    return true;
}

void IrcServer::stall() {
    const std::lock_guard lock(mutex_);
    is_stalled_ = true;
}

void IrcServer::cut() {
    {
        const std::lock_guard lock(mutex_);
        is_to_be_cut_ = true;
    }
    ::eventfd_write(wake_, 1);
}

bool IrcServer::has_lost_its_client() {
    const std::lock_guard lock(mutex_);
    return clients_ > 0 && !is_let_in_;
}

std::size_t IrcServer::clients() {
    const std::lock_guard lock(mutex_);
    return clients_;
}

std::size_t IrcServer::text_bytes_max(std::string_view target) const {
    return kLineBytes - std::string_view(":").size() - std::string_view("millrace").size() - kAddress.size() -
           std::string_view(" PRIVMSG  :\r\n").size() - target.size();
}

void IrcServer::run() {
    for (;;) {
        std::array<pollfd, 3> polled{{{listener_, POLLIN, 0}, {wake_, POLLIN, 0}, {client_, POLLIN, 0}}};
        {
            const std::lock_guard lock(mutex_);
            if (is_stalled_) polled[2].fd = -1;
        }
        ::poll(polled.data(), polled.size(), -1);
        const std::lock_guard lock(mutex_);
        if (is_stopping_) return;
        if (polled[1].revents != 0) {
            eventfd_t count = 0;
            ::eventfd_read(wake_, &count);
        }
        if (polled[0].revents != 0) {
            drop();
            client_ = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        }
        const bool has_gone = polled[2].revents != 0 && polled[0].revents == 0 && !read();
        if (has_gone || is_to_be_cut_) drop();
        is_to_be_cut_ = false;
        if (client_ < 0) continue;
        send_all(client_, answers_);
        if (is_let_in_) send_all(client_, out_);
    }
}

void IrcServer::drop() {
    if (client_ >= 0) ::close(client_);
    client_ = -1;
    in_.clear();
    answers_.clear();
    is_let_in_ = false;
}

// False: it has gone.
bool IrcServer::read() {
    char bytes[65'536];
    const ssize_t size = ::recv(client_, bytes, sizeof bytes, 0);
    if (size <= 0) return false;
    in_.append(bytes, static_cast<std::size_t>(size));
    std::size_t begin = 0;
    for (std::size_t end = 0; (end = in_.find("\r\n", begin)) != in_.npos; begin = end + 2)
        take_line(std::string_view(in_).substr(begin, end - begin));
    in_.erase(0, begin);
    return true;
}

void IrcServer::answer(std::string_view line) { ((answers_ += ":irc.test ") += line) += "\r\n"; }

void IrcServer::take_line(std::string_view line) {
    const std::vector<std::string> words = words_of(line);
    if (words[0] == "CAP" && words[1] == "LS") answer("CAP * LS :");
    if (words[0] == "NICK") nick_ = words[1];
    if (words[0] == "CAP" && words[1] == "END") {
        answer("001 " + nick_ + " :Welcome " + nick_ + std::string(kAddress));
        answer("005 " + nick_ + " LINELEN=4096 NICKLEN=64 CHANTYPES=# :are supported");
        answer("422 " + nick_ + " :There is no message of the day");
        is_let_in_ = true;
        ++clients_;
    }
    if (words[0] == "PING") answer("PONG irc.test :" + words[1]);
    if (words[0] == "JOIN") ((((answers_ += ":") += nick_) += kAddress) += " JOIN ") += words[1] + "\r\n";
    if (words[0] != "PRIVMSG") return;
    came_for_[words[1]].push_back(words[2]);
    came_.notify_all();
}

}  // namespace millrace::test
