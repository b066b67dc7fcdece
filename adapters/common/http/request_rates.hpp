#pragma once

#include <boost/asio/ip/address.hpp>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <unordered_map>

#include "adapters/common/token_bucket.hpp"

namespace millrace::http {

// How many requests each client may make in a second, over all threads. An IPv6 client owns a /64: all of it counts as
// one. Clients that have been quiet for a second are forgotten; where there are too many others, new ones are let
// through. Thread-safe.
class RequestRates {
  public:
    // 0: any number.
    explicit RequestRates(std::int64_t per_s_max) : per_s_max_(per_s_max) {}

    // Whether it may make one more; `now_ms` is steady.
    bool take(const boost::asio::ip::address& client, std::int64_t now_ms);

  private:
    static constexpr std::size_t kClientsMax = 65536;

    const std::int64_t per_s_max_;
    std::mutex mutex_;
    std::unordered_map<boost::asio::ip::address, TokenBucket> buckets_;
    std::int64_t swept_at_ms_ = 0;
};

}  // namespace millrace::http
