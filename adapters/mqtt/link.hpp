#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/common/listener.hpp"
#include "adapters/common/tls.hpp"
#include "adapters/mqtt/gate.hpp"
#include "adapters/mqtt/outgoing.hpp"

// One connection of the library's with the broker's that belongs to it, and the gate between them.
//
// What the broker sends is read once for all that there is, goes through the gate, and is written to the library in one
// call; nothing more is read before all of that has left. Thread: the relay's.
namespace millrace::mqtt {

class Relay;

class Link : public std::enable_shared_from_this<Link> {
  public:
    // `connect` is the library's CONNECT, and what came behind it.
    Link(Relay& relay, Socket library, std::string connect, std::uint64_t first_unseen);

    void start();

    // What the gate has to say leaves, and what was held back by it is taken up. Ends where the gate has.
    void go_on();
    void tick(std::int64_t now_ms);
    void nudge_library();

    // Closes both sides. The owner hears of it, unless `why` is empty.
    void end(const std::string& why);

  private:
    using Resolver = boost::asio::ip::basic_resolver<boost::asio::ip::tcp, Executor>;
    void on_resolved(const Resolver::results_type& found);
    void on_connected();
    void open_gate();

    void read_broker();
    void on_broker(std::size_t size);
    void take_broker();
    void write_library();
    void read_library();
    void on_library(std::size_t size);
    void take_library();
    void write_broker();
    void end_by_gate();
    void drain_library();

    Relay& relay_;
    Socket library_;
    Socket broker_;
    Resolver resolver_;
    Timer lazily_;
    std::string connect_;
    const std::uint64_t first_unseen_;
    std::int64_t connect_due_ms_;
    std::optional<TlsSession> tls_;
    bool is_over_ = false;
    bool is_open_ = false;  // The gate's part of it has begun.
    bool is_taking_ = false;

    std::vector<char> broker_buffer_;
    char* broker_begin_;
    char* broker_end_;
    std::vector<char> cipher_buffer_;
    bool is_reading_broker_ = false;
    Outgoing for_library_;
    std::size_t pieces_written_ = 0;
    std::size_t bytes_written_ = 0;  // Of the piece in hand.
    bool is_writing_library_ = false;

    std::vector<char> library_buffer_;
    std::size_t library_size_ = 0;
    bool is_reading_library_ = false;
    std::string plain_;
    std::string for_broker_;
    std::size_t broker_written_ = 0;
    bool is_writing_broker_ = false;
};

}  // namespace millrace::mqtt
