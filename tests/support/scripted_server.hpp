#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "tests/support/certificates.hpp"

namespace millrace::testing {

// A server on 127.0.0.1 whose side of each connection is a function, run on a thread of its own. Every wait ends at a
// deadline of 30 s.
class ScriptedServer {
  public:
    // One connection. What it throws when the peer goes ends the function; it is closed behind that.
    class Connection {
      public:
        virtual ~Connection() = default;

        // Exactly that many bytes; all up to and with `end`.
        std::string read(std::size_t size);
        std::string read_until(std::string_view end);
        // Head and body of an HTTP request, by its Content-Length.
        std::string read_request();
        virtual void write(std::string_view bytes) = 0;
        // Goes on in TLS, as the server.
        virtual void start_tls(const Certificate& certificate) = 0;
        // It ends with a reset, as soon as the function returns.
        virtual void reset() = 0;
        // Returns when the peer has closed. What it says until then is dropped.
        void wait_for_end();

        std::size_t index = 0;  // 0 for the first.

      protected:
        virtual std::string receive() = 0;  // Some bytes; throws at the end.

      private:
        std::string received_;
    };
    using Script = std::function<void(Connection&)>;

    // With a certificate: TLS from the first byte.
    explicit ScriptedServer(Script script, const Certificate* certificate = nullptr);
    ~ScriptedServer();  // Ends all its connections, and waits for their functions.
    ScriptedServer(const ScriptedServer&) = delete;

    std::uint16_t port() const { return port_; }
    std::size_t connections() const;

    // Returns when so many have been closed from this side.
    void wait_until_closed(std::size_t count);

  private:
    void run();
    void serve(int socket, std::size_t index);

    const Script script_;
    const Certificate* certificate_;
    std::uint16_t port_ = 0;
    int listener_;
    mutable std::mutex mutex_;
    std::condition_variable closed_;
    std::size_t count_ = 0;
    std::size_t closed_count_ = 0;
    std::set<int> open_;
    std::vector<std::thread> threads_;
    std::thread acceptor_;
};

// A port of 127.0.0.1 on which nobody listens: bound as long as this lives.
class ClosedPort {
  public:
    ClosedPort();
    ~ClosedPort();
    ClosedPort(const ClosedPort&) = delete;

    std::uint16_t port() const { return port_; }

  private:
    std::uint16_t port_ = 0;
    int socket_;
};

}  // namespace millrace::testing
