// A reader of lines as Boost.Asio has one, by async_read_until, that does what it has to to be let in by irc_flood, and
// else looks at each line's command and counts.
//
//     asio_lines PORT
#include <boost/asio.hpp>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace net = boost::asio;

namespace {

class Reader {
  public:
    Reader(net::io_context& io, std::uint16_t port) : socket_(io) {
        socket_.connect({net::ip::address_v4::loopback(), port});
        say("NICK bench\r\nUSER bench 0 * :bench\r\n");
        read();
    }

    std::uint64_t lines() const { return lines_; }

  private:
    void say(std::string_view bytes) { net::write(socket_, net::buffer(bytes)); }

    void read() {
        net::async_read_until(socket_, net::dynamic_buffer(buffer_), '\n',
                              [this](const boost::system::error_code& error, std::size_t size) {
                                  if (error) return;
                                  take(std::string_view(buffer_).substr(0, size));
                                  buffer_.erase(0, size);
                                  read();
                              });
    }

    void take(std::string_view line) {
        if (line.starts_with("PING ")) say("PONG " + std::string(line.substr(5)));
        if (line.starts_with(":s 376")) say("JOIN #room\r\n");
        lines_ += line.find(" PRIVMSG ") != line.npos;
    }

    net::ip::tcp::socket socket_;
    std::string buffer_;
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
