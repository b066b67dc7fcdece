#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/chat/irc/codec.hpp"
#include "adapters/chat/irc/config.hpp"
#include "adapters/common/listener.hpp"
#include "adapters/common/tls.hpp"

// One connection with the server: its name is looked up, it is connected to, TLS is agreed on; then all that has come
// is read at once and handed over in lines, and what is to leave leaves in one write. Reading never waits for anybody:
// a server that is not read ends the connection.
//
// Thread: the adapter's loop. Kept alive by what it waits for; the owner outlives it, or has called abandon().
namespace millrace::chat::irc {

class Link : public std::enable_shared_from_this<Link> {
  public:
    class Owner {
      public:
        virtual void on_connected() = 0;
        // Lines follow, all that are there.
        virtual void on_lines() = 0;
        virtual void on_line(const Line& line) = 0;
        virtual void on_malformed() = 0;
        // All lines that had come were handed over, or something has left.
        virtual void on_turn() = 0;
        // It is over; nothing follows. `why` is for people.
        virtual void on_closed(const std::string& why) = 0;

      protected:
        ~Owner() = default;
    };

    // `output` is what is to be written; it is taken from the front.
    Link(boost::asio::io_context& io, const Settings& settings, std::string& output, Owner& owner);

    void start();
    // Writes what there is.
    void write();
    // Once all is written it says that nothing more comes, and ends when the server has closed its side too, or after
    // `deadline_ms`. No line is handed over any more.
    void finish(std::int64_t deadline_ms);
    // It ends now, and the owner hears nothing of it.
    void abandon();

  private:
    using Resolver = boost::asio::ip::basic_resolver<boost::asio::ip::tcp, Executor>;

    void on_reached();
    void open();
    void read();
    void on_read(std::size_t size);
    bool decrypt(std::size_t size);
    void take_lines();
    bool fill();
    void say_end();
    void end_after(std::int64_t deadline_ms, const char* why);
    void end(const std::string& why);

    const Settings& settings_;
    std::string& output_;
    Owner& owner_;
    Socket socket_;
    Resolver resolver_;
    Timer deadline_;
    std::optional<TlsSession> tls_;
    Codec codec_;
    std::vector<char> input_;   // Plain, from begin_ to end_.
    std::vector<char> cipher_;  // What TLS is read into.
    char* begin_;
    char* end_;
    std::string leaving_;
    std::size_t left_ = 0;  // Of it, what has.
    bool is_open_ = false;
    bool is_writing_ = false;
    bool is_finishing_ = false;
    bool has_said_end_ = false;
    bool is_over_ = false;
};

}  // namespace millrace::chat::irc
