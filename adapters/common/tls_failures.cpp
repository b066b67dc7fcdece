#include "adapters/common/tls_failures.hpp"

#include <string>

namespace millrace {
namespace {

constexpr std::int64_t kToldEveryMs = 10'000;

}  // namespace

void TlsFailures::count(std::string_view why, std::int64_t now_ms) {
    std::lock_guard lock(mutex_);
    host_.gauge("tls_failures", static_cast<double>(++count_));
    if (now_ms < quiet_until_ms_) return;
    quiet_until_ms_ = now_ms + kToldEveryMs;
    host_.log(MILLRACE_LOG_INFO,
              "a connection ends: TLS: " + std::string(why) + "; so far " + std::to_string(count_) + " have");
}

}  // namespace millrace
