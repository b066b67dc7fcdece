#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

// permessage-deflate (RFC 7692), the server's side, without I/O. Neither side keeps its window from one message to the
// next (both are told no_context_takeover): so one object serves all connections of a thread, and an idle connection
// has no memory of it.
namespace millrace::websocket {

// What was agreed on with one client.
struct DeflateTerms {
    int window_bits;  // of what the server compresses: 9 to 15
};

// The first of the offers in Sec-WebSocket-Extensions that can be kept. A server window of 8 bits cannot.
std::optional<DeflateTerms> negotiate_deflate(std::string_view extensions);

// The header of the answer that agrees.
std::string to_header(const DeflateTerms& terms);

// Not thread-safe: one a thread.
class Deflate {
  public:
    enum class Inflated { whole, too_large, broken };

    Deflate();
    ~Deflate();

    // A message's payload into the text that it was made of, which replaces `out`. Stops, `too_large`, as soon as that
    // has more than `bytes_max`; takes no more memory than that.
    Inflated inflate(std::string_view payload, std::size_t bytes_max, std::string& out);

    // The payload of a message, valid until the next call. Nothing where that would be no smaller.
    std::optional<std::string_view> compress(const DeflateTerms& terms, std::string_view text);

  private:
    struct Streams;

    std::unique_ptr<Streams> streams_;
    std::string compressed_;
};

}  // namespace millrace::websocket
