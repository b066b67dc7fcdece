#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace millrace::mqtt {

// Where a broker is: `mqtt://HOST:PORT`, or with TLS `mqtts://HOST:PORT`.
struct BrokerUrl {
    bool has_tls = false;
    std::string host;  // A name or an address; of IPv6 without its brackets.
    std::string port;  // 1883 or 8883 where it was left out.

    // Nothing where it is none, or has what has no place in it: an account belongs into `auth`.
    static std::optional<BrokerUrl> parse(std::string_view text);

    // `host:port`, for people.
    std::string authority() const;
};

}  // namespace millrace::mqtt
