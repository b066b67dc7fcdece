#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace millrace::test {

inline constexpr std::string_view kUpgradeHead =
    "Host: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n";

// A frame of a client, masked with `key`.
std::string frame(unsigned first_byte, std::string_view payload, std::string_view key = "\x11\x22\x33\x44");
// The payload of a close frame.
std::string close_payload(unsigned code, std::string_view text = {});

inline constexpr unsigned kText = 0x81;
inline constexpr unsigned kBinary = 0x82;
inline constexpr unsigned kClose = 0x88;
inline constexpr unsigned kPing = 0x89;
inline constexpr unsigned kPong = 0x8a;

// A blocking client that sends any bytes it is told to. Nothing takes longer than ten seconds.
class RawClient {
  public:
    explicit RawClient(std::uint16_t port);
    ~RawClient();
    RawClient(const RawClient&) = delete;
    RawClient& operator=(const RawClient&) = delete;

    bool send(std::string_view bytes);
    // Says that nothing more comes.
    void shut();
    // Goes without a word, as a process does that is killed.
    void reset();
    void set_receive_buffer(int bytes);
    // Whether something is there to be read, or the end.
    bool has_some() const;
    // What is there, or comes next; empty at the end.
    std::string read_some();
    // Up to and with the mark, or what came before the end.
    std::string read_until(std::string_view mark);
    // All that comes before the end.
    std::string read_to_end();
    // "81:text": the first byte in hex and the payload. Close frames as "88:1000:text". "end", "lost" or "nothing".
    std::string read_frame();

    // The head of the response.
    std::string upgrade(std::string_view target = "/", std::string_view more_headers = {});

  private:
    bool fill();

    int socket_;
    std::string in_;
    std::string end_ = "nothing";
};

}  // namespace millrace::test
