#pragma once

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

// Taking TCP connections on one thread; one Listener a thread and address, the kernel spreads connections over them.
namespace millrace {

using Executor = boost::asio::io_context::executor_type;
using Endpoint = boost::asio::ip::tcp::endpoint;
using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>;
using Timer = boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                                boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;

// "1.2.3.4:80" or "[::1]:80"; port 0 lets the system choose. Nothing where it is neither.
std::optional<Endpoint> parse_endpoint(std::string_view text);

// The form that parse_endpoint reads.
std::string to_text(const Endpoint& endpoint);

class Listener {
  public:
    using OnAccept = std::function<void(Socket socket, const Endpoint& peer)>;
    using OnTrouble = std::function<void(const std::string& text)>;  // worth a line in the log; at most one in 10 s

    // Binds, but lets nobody in. Throws std::runtime_error in words where the address is not to be had. The first
    // listener of an address (`shared` false) makes sure that no other program has it; the others share it.
    Listener(boost::asio::io_context& io, const Endpoint& endpoint, bool shared);

    // Takes over a socket that is bound, and may be shared with others that do the same.
    Listener(boost::asio::io_context& io, int socket);

    int socket() { return acceptor_.native_handle(); }

    // What it is bound to, the port included.
    Endpoint endpoint() const { return endpoint_; }

    // Who connects from now on waits until start. Throws as the constructor does. The kernel holds 64 KiB for a
    // connection, and more for one that is read as fast as its peer sends. So many that nobody reads stay below what
    // TCP may have in all (net.ipv4.tcp_mem): beyond it the kernel drops what has come, and the peers send it again
    // only after pauses that double each time, however soon there is room.
    void listen();

    // [the thread of io, as all that follows] Lets the outside in. Without descriptors or memory it rests for a moment
    // instead of spinning.
    void start(OnAccept on_accept, OnTrouble on_trouble);
    void close();

  private:
    using Acceptor = boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, Executor>;
    void accept();
    void on_accepted(const boost::system::error_code& error, Socket socket);
    void rest(const boost::system::error_code& error);

    Acceptor acceptor_;
    Timer timer_;
    Endpoint endpoint_;
    Endpoint peer_;
    OnAccept on_accept_;
    OnTrouble on_trouble_;
    std::chrono::steady_clock::time_point trouble_told_at_{};
};

}  // namespace millrace
