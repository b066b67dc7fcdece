#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "adapters/common/http/limits.hpp"
#include "millrace/abi.h"
#include "tests/support/certificates.hpp"

// An adapter of the border that serves HTTP, for tests over sockets:
//
//     /echo      the body
//     /client    who asks: "127.0.0.1 127.0.0.1:8080 plain"
//     /large     a megabyte
//     /later     is answered when somebody asks for /release, the last one first
//     /never     is not
//     /late      is answered after it was due, when somebody asks for /release
//     /none      is not served: 404 by its head
//     else       "METHOD TARGET"
namespace millrace::http::test {

struct Manner {
    Limits limits{};
    std::size_t connections_max = 1000;
    std::size_t connections_of_address_max = 1000;
    std::int64_t requests_per_s_max = 0;
    std::size_t threads = 1;
    std::vector<std::string> trusted_proxies = {};
    const millrace::testing::Certificate* certificate = nullptr;
};

// What the next one that is created does. Thread: that of the test.
extern Manner manner;
// Answers that were given too late, of all that were ever created.
extern std::atomic<int> refused_answers;

const millrace_adapter* sample_adapter();

}  // namespace millrace::http::test
