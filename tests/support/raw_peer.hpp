#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace millrace::testing {

// A TCP client that sends bytes and waits for bytes. Each wait ends at a deadline, as an exception.
class RawPeer {
  public:
    explicit RawPeer(std::uint16_t port);
    ~RawPeer();
    RawPeer(const RawPeer&) = delete;

    void send(std::string_view bytes) const;
    // Exactly that many bytes.
    std::string receive(std::size_t size);
    // All up to and with `end`.
    std::string receive_until(std::string_view end);

  private:
    void receive_more();

    int socket_;
    std::string received_;
};

// The request that opens a WebSocket.
std::string websocket_handshake(std::string_view path);

// The port on which this process listens on 127.0.0.1. REQUIRES: one such socket.
std::uint16_t own_listening_port();

}  // namespace millrace::testing
