#pragma once

#include <array>
#include <boost/asio/ip/address.hpp>
#include <cstddef>
#include <cstdint>
#include <mutex>

#include "adapters/common/admission.hpp"
#include "adapters/common/rate_limit.hpp"
#include "millrace/keys.hpp"

namespace millrace::smtp {

// How much a client may do in a minute.
struct RateSettings {
    std::uint32_t connections = 0;
    std::uint32_t mails = 0;
    std::uint32_t recipients = 0;
    std::uint32_t handshakes = 0;
    std::uint32_t logins = 0;

    static constexpr std::uint32_t kMost = 1'000'000;
    static constexpr auto kKeys =
        keys(key("connections", &RateSettings::connections, {.fallback = 0, .max = kMost, .about = "0: any number"}),
             key("mails", &RateSettings::mails, {.fallback = 0, .max = kMost, .about = "MAIL"}),
             key("recipients", &RateSettings::recipients, {.fallback = 0, .max = kMost, .about = "RCPT"}),
             key("tls", &RateSettings::handshakes, {.fallback = 0, .max = kMost, .about = "handshakes"}),
             key("logins", &RateSettings::logins, {.fallback = 0, .max = kMost, .about = "AUTH"}));
};

// What each client does in a minute, over all threads. An IPv6 client owns a /64: all of it counts as one. Thread-safe.
class ClientRates {
  public:
    enum class What { connection, mail, recipient, handshake, login };

    explicit ClientRates(const RateSettings& settings)
        : limits_{{{settings.connections, kMinuteMs},
                   {settings.mails, kMinuteMs},
                   {settings.recipients, kMinuteMs},
                   {settings.handshakes, kMinuteMs},
                   {settings.logins, kMinuteMs}}},
          is_limited_{settings.connections != 0, settings.mails != 0, settings.recipients != 0,
                      settings.handshakes != 0, settings.logins != 0} {}

    // Whether it may do one more; `now_ms` is steady.
    bool take(What what, const boost::asio::ip::address& client, std::int64_t now_ms) {
        const auto i = static_cast<std::size_t>(what);
        if (!is_limited_[i]) return true;
        const std::lock_guard lock(mutex_);
        return limits_[i].take(counted_as(client), now_ms);
    }

    bool is_used_up(What what, const boost::asio::ip::address& client, std::int64_t now_ms) {
        const auto i = static_cast<std::size_t>(what);
        if (!is_limited_[i]) return false;
        const std::lock_guard lock(mutex_);
        return limits_[i].is_used_up(counted_as(client), now_ms);
    }

  private:
    static constexpr std::int64_t kMinuteMs = 60'000;

    std::mutex mutex_;
    std::array<RateLimit<boost::asio::ip::address>, 5> limits_;
    const std::array<bool, 5> is_limited_;
};

}  // namespace millrace::smtp
