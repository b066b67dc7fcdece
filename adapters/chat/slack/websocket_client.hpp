#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "adapters/common/listener.hpp"
#include "adapters/common/tls.hpp"

// One connection to a WebSocket server (RFC 6455): its name is looked up, it is connected to, TLS and the opening
// handshake are agreed on; then texts go both ways. What is no text is passed over, pings are answered, and a server of
// which nothing is heard is asked, and given up.
//
// Thread: that of its executor. Kept alive by what it waits for; the owner outlives it, or has called abandon().
namespace millrace::chat::slack {

class WebSocketClient {
  public:
    class Owner {
      public:
        virtual void on_open() = 0;
        virtual void on_text(std::string_view text) = 0;
        // It is over; nothing follows. `why` is for people, without what the URL says behind its host.
        virtual void on_closed(const std::string& why) = 0;

      protected:
        ~Owner() = default;
    };

    struct Options {
        std::string host;
        std::string port;
        std::string target;                         // A path and query: may be a secret.
        const TlsContext* tls;                      // Null: no TLS. Outlives it.
        std::chrono::milliseconds connect_timeout;  // Until it is open.
        std::chrono::milliseconds lost_after;       // Of silence; after half of it the server is asked.
        std::size_t text_bytes_max = 4 << 20;       // Of one text; a longer one ends the connection.
    };

    WebSocketClient(Executor executor, Options options, Owner& owner);
    ~WebSocketClient();  // As abandon().
    WebSocketClient(const WebSocketClient&) = delete;

    void start();
    // Once it is open. They leave in order.
    void send(std::string text);
    // Says goodbye (1000) behind what was sent; then on_closed.
    void finish();
    // It ends now, and the owner hears nothing of it.
    void abandon();

  private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace millrace::chat::slack
