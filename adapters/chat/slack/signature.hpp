#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/common/crypto.hpp"
#include "adapters/common/http/request.hpp"

// Whether a request comes from Slack: `X-Slack-Signature` is `v0=` and the HMAC-SHA256, in hex, of
// `v0:TIMESTAMP:BODY`, where the time is that of `X-Slack-Request-Timestamp` and the body is as it came.
namespace millrace::chat::slack {

class Signature {
  public:
    enum class Verdict {
        right,
        missing,      // A header is not there, or is there twice.
        malformed,    // The time is none.
        out_of_time,  // Its time is too far from ours, before or after.
        wrong,        // It is of another secret, time or body.
    };

    static constexpr std::int64_t kWindow_s = 300;

    // Each of the secrets may be the one. Nothing where there is none, or one is empty.
    static std::optional<Signature> make(std::span<const std::string> secrets);

    // Thread: any. `now_s`: seconds since 1970-01-01 UTC. The comparison takes the same time whatever is wrong.
    Verdict verify(const http::Request& request, std::int64_t now_s) const;

    // The value of the header, by the first secret.
    std::string sign(std::string_view timestamp, std::string_view body) const;

  private:
    explicit Signature(std::vector<HmacKey> keys) : keys_(std::move(keys)) {}

    std::vector<HmacKey> keys_;
};

// For logs: a sentence without its end.
std::string_view text_of(Signature::Verdict verdict);

}  // namespace millrace::chat::slack
