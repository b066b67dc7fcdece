#include "adapters/sms/replays.hpp"

namespace millrace::sms {

bool Replays::take(const std::string& key, std::string_view request_digest, std::int64_t now_s) {
    while (!by_age_.empty() && (by_age_.front().first + kKept_s <= now_s || by_age_.size() >= kKeysMax)) {
        digests_.erase(by_age_.front().second);
        by_age_.pop_front();
    }
    const auto [known, is_new] = digests_.try_emplace(key, request_digest);
    if (is_new) by_age_.emplace_back(now_s, key);
    return known->second == request_digest;
}

}  // namespace millrace::sms
