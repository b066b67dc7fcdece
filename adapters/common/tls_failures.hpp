#pragma once

#include <cstdint>
#include <mutex>
#include <string_view>

#include "millrace/adapter.hpp"

namespace millrace {

// Connections that TLS has failed for, of all threads: the gauge `tls_failures`, and at most one line in ten seconds.
class TlsFailures {
  public:
    explicit TlsFailures(AdapterHost host) : host_(host) {}

    // [any thread] `now_ms` is steady.
    void count(std::string_view why, std::int64_t now_ms);

  private:
    const AdapterHost host_;
    std::mutex mutex_;
    std::uint64_t count_ = 0;
    std::int64_t quiet_until_ms_ = 0;
};

}  // namespace millrace
