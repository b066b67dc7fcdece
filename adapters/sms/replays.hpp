#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace millrace::sms {

// Signatures that leave the body out, and what bodies they came with: whoever has seen one cannot send another body
// with it. The newest are remembered, for as long as a provider may send a webhook again. Not thread-safe.
class Replays {
  public:
    static constexpr std::size_t kKeysMax = 100'000;
    static constexpr std::int64_t kKept_s = 25 * 3'600;

    // Whether the signature (Verdict::replay_key) came with no other request than this one.
    bool take(const std::string& key, std::string_view request_digest, std::int64_t now_s);

  private:
    std::unordered_map<std::string, std::string> digests_;
    std::deque<std::pair<std::int64_t, std::string>> by_age_;
};

}  // namespace millrace::sms
