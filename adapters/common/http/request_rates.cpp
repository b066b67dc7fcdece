#include "adapters/common/http/request_rates.hpp"

#include "adapters/common/admission.hpp"

namespace millrace::http {
namespace {

constexpr std::int64_t kSweepMs = 1000;

}  // namespace

bool RequestRates::take(const boost::asio::ip::address& client, std::int64_t now_ms) {
    if (per_s_max_ == 0) return true;
    const std::lock_guard lock(mutex_);
    if (now_ms - swept_at_ms_ >= kSweepMs) {
        swept_at_ms_ = now_ms;
        std::erase_if(buckets_, [&](const auto& each) {
            TokenBucket bucket = each.second;
            return bucket.available(now_ms) >= per_s_max_;
        });
    }
    const boost::asio::ip::address counted = counted_as(client);
    if (buckets_.size() >= kClientsMax && !buckets_.contains(counted)) return true;
    TokenBucket& bucket = buckets_.try_emplace(counted, per_s_max_, now_ms).first->second;
    if (bucket.available(now_ms) == 0) return false;
    bucket.take(1);
    return true;
}

}  // namespace millrace::http
