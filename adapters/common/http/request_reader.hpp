#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "adapters/common/http/chunk_reader.hpp"
#include "adapters/common/http/head_parser.hpp"
#include "adapters/common/http/limits.hpp"
#include "adapters/common/http/request.hpp"
#include "adapters/common/input.hpp"

namespace millrace::http {

// HTTP/1.1 requests out of bytes, RFC 9112, the server's side; no I/O, no clock. What has come whole is read where it
// lies; only a request that comes in parts is copied.
class RequestReader {
  public:
    enum class Step {
        need_more,
        head,     // request() says all but the body
        request,  // request() says all
        failed,   // fault() says why; nothing more can be read
    };

    explicit RequestReader(const Limits& limits) : parser_(limits), chunks_(limits) {}

    // `input` begins with what the last call left there, and may lie elsewhere than before; but for the call after
    // `head`, when it is as it was left. Each request is first a `head`, then a `request`.
    Step read(Input& input);

    // Valid until the next read, and as long as what `input` was lies there.
    const Request& request() const { return request_; }
    // After `head`, and until the end of the request.
    const Framing& framing() const { return parser_.framing(); }
    Fault fault() const { return fault_; }

  private:
    enum class Phase : std::uint8_t { head, body, rest, finished };

    Step read_head(Input& input);
    Step begin_body(Input& input);
    Step read_rest(Input& input);
    Step fail(Fault fault);
    void begin_next();

    HeadParser parser_;
    ChunkReader chunks_;
    std::vector<Header> headers_;
    Request request_;
    std::string copy_;  // the head and the body of a request that came in parts
    Phase phase_ = Phase::head;
    Fault fault_ = Fault::none;
};

}  // namespace millrace::http
