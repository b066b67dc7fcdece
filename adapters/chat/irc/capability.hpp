#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/chat/irc/line.hpp"

// What client and server agree to do beyond RFC 1459 (IRCv3 capability negotiation, 302).
namespace millrace::chat::irc {

enum class Capability : std::uint32_t {
    message_tags = 1 << 0,
    server_time = 1 << 1,
    account_tag = 1 << 2,
    echo_message = 1 << 3,
    batch = 1 << 4,
    labeled_response = 1 << 5,
    away_notify = 1 << 6,
    multi_prefix = 1 << 7,
    chghost = 1 << 8,
    setname = 1 << 9,
    cap_notify = 1 << 10,
    extended_join = 1 << 11,
    account_notify = 1 << 12,
    userhost_in_names = 1 << 13,
    chathistory = 1 << 14,
    sasl = 1 << 15,
};

// The client's part of the negotiation. It says what to write; write it, in order. Not thread-safe.
class Negotiation {
  public:
    // `wants_sasl`: where it is offered.
    explicit Negotiation(bool wants_sasl) : wants_sasl_(wants_sasl) {}

    // A line of CAP. `requests` gets the capabilities of each CAP REQ that is to be sent now.
    void take(const Line& line, std::vector<std::string>& requests);

    // All that was asked for has been answered, or the server knows no CAP: time for SASL, and CAP END.
    bool is_settled() const { return is_listed_ && asked_ == 0; }
    void is_unknown() { is_listed_ = true; }

    bool has(Capability capability) const { return (enabled_ & static_cast<std::uint32_t>(capability)) != 0; }

    // Mechanisms, separated by commas, as the server says them. Empty: it does not tell.
    const std::string& sasl_mechanisms() const { return sasl_mechanisms_; }

  private:
    void offer(std::string_view names);
    void remove(std::string_view names);
    void answer(std::string_view names, bool is_granted);
    void request_next(std::vector<std::string>& requests);

    bool wants_sasl_;
    bool is_listed_ = false;
    std::uint32_t offered_ = 0;
    std::uint32_t enabled_ = 0;
    std::uint32_t asked_ = 0;             // In the request that has no answer yet.
    std::vector<std::uint32_t> waiting_;  // Further requests, the next one last.
    std::string sasl_mechanisms_;
};

}  // namespace millrace::chat::irc
