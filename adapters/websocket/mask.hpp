#pragma once

#include <cstddef>

namespace millrace::websocket {

// Takes the mask of a client's frame (RFC 6455, 5.3) off its payload, or puts it on; `key` has four bytes. Returns
// whether what comes out is ASCII.
bool unmask(char* data, std::size_t size, const char* key);

}  // namespace millrace::websocket
