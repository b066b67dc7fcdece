#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adapters/common/http/fault.hpp"
#include "adapters/websocket/codec.hpp"

// The opening handshake of RFC 6455 §4.2, without I/O: an HTTP/1.1 upgrade request in, a checked Request or a refusal
// out.
namespace millrace::websocket {

// What the client asked for.
struct Request {
    std::string target;  // as sent: path and query
    std::string host;
    std::string origin;  // empty: none
    std::string key;
    std::string extensions;                 // all that are offered, joined by commas
    std::vector<std::string> subprotocols;  // offered, in the client's order
    Codec::Headers headers;                 // names in lower case, in their order

    bool offers(std::string_view subprotocol) const;
};

// An HTTP answer other than 101.
using http::Refusal;
using http::try_later;

// How the consumer wants the connection accepted.
struct Acceptance {
    std::string subprotocol;
    Codec::Headers headers;
};

class Handshake {
  public:
    enum class Step { need_more, ready, refused };

    explicit Handshake(std::size_t header_bytes_max);
    ~Handshake();

    // Takes from the input up to the end of the request; what follows it is left there.
    Step feed(Input& input);

    // After `ready`.
    const Request& request() const { return request_; }
    // After `refused`.
    const Refusal& refusal() const { return refusal_; }

  private:
    struct Parser;

    Step check();
    Step refuse(Refusal refusal);
    void take_headers();

    std::unique_ptr<Parser> parser_;
    Request request_;
    Refusal refusal_;
};

// Empty where the request may be answered so, else what is wrong with the acceptance.
std::string fault_of(const Acceptance& acceptance, const Request& request);

// The whole response; the connection is closed after it.
std::string to_response(const Refusal& refusal);

Refusal refused_by_consumer(unsigned status, std::string_view text);

}  // namespace millrace::websocket
