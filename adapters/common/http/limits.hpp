#pragma once

#include <cstddef>
#include <cstdint>

namespace millrace::http {

// What a server lets one connection have. Times count from a moment that the peer cannot move, so that bytes that
// trickle in or out gain it nothing.
struct Limits {
    std::size_t head_bytes_max = 8 * 1024;     // of the request line and all headers; at most 64 KiB
    std::size_t headers_max = 100;             // of one request
    std::size_t body_bytes_max = 1024 * 1024;  // of one request, without what chunks add
    std::size_t pending_max = 64;              // requests that wait for their answers; above it nothing is read

    std::int64_t head_ms = 10'000;    // from a request's first byte, or a connection's begin, to the end of its headers
    std::int64_t body_ms = 30'000;    // from there to the end of its body
    std::int64_t answer_ms = 30'000;  // from there until the server itself answers 503
    std::int64_t idle_ms = 75'000;    // between an answer and the next request
    std::int64_t stall_ms = 30'000;   // until what could not be written has left
    std::int64_t close_ms = 5'000;    // for the peer's part of an ending
};

}  // namespace millrace::http
