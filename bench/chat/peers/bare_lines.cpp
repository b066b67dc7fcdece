// A reader of lines on Boost.Asio that does what it has to to be let in by irc_flood, and else counts lines.
//
//     bare_lines PORT
#include <boost/asio.hpp>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace net = boost::asio;

namespace {

class Reader {
  public:
    Reader(net::io_context& io, std::uint16_t port) : socket_(io), buffer_(256 * 1024) {
        socket_.connect({net::ip::address_v4::loopback(), port});
        say("NICK bench\r\nUSER bench 0 * :bench\r\n");
        read();
    }

    std::uint64_t lines() const { return lines_; }

  private:
    void say(std::string_view bytes) { net::write(socket_, net::buffer(bytes)); }

    void read() {
        const net::mutable_buffer room = net::buffer(buffer_) + size_;
        socket_.async_read_some(room, [this](const boost::system::error_code& error, std::size_t size) {
            if (error) return;
            size_ += size;
            take();
            read();
        });
    }

    void take() {
        const char* begin = buffer_.data();
        const char* const end = begin + size_;
        while (const void* found = std::memchr(begin, '\n', static_cast<std::size_t>(end - begin))) {
            const auto* const stop = static_cast<const char*>(found);
            const std::string_view line(begin, static_cast<std::size_t>(stop - begin));
            if (line.starts_with("PING ")) say("PONG " + std::string(line.substr(5)) + "\n");
            if (line.starts_with(":s 376")) say("JOIN #room\r\n");
            lines_ += line.find(" PRIVMSG ") != line.npos;
            begin = stop + 1;
        }
        size_ = static_cast<std::size_t>(end - begin);
        std::memmove(buffer_.data(), begin, size_);
    }

    net::ip::tcp::socket socket_;
    std::vector<char> buffer_;
    std::size_t size_ = 0;
    std::uint64_t lines_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    net::io_context io(1);
    const Reader reader(io, static_cast<std::uint16_t>(std::atoi(argv[1])));
    io.run();
    std::printf("%ju lines\n", static_cast<std::uintmax_t>(reader.lines()));
    return 0;
}
