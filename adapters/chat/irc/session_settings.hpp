#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "adapters/chat/common/outgoing_queues.hpp"

// What a session is told once: config.hpp reads it. All strings are without CR, LF and NUL; all times in ms.
namespace millrace::chat::irc {

struct RoomSettings {
    std::string name;
    std::string key;  // Empty: it needs none.
};

// `none` also where there is an account that only NickServ is to be told.
enum class SaslMechanism { none, plain, external };

struct AccountSettings {
    SaslMechanism sasl = SaslMechanism::none;
    bool is_required = false;  // Without it there is no connection.
    std::string name;
    std::string password;
    // Who is told the password where SASL cannot be had, and how long rooms wait for what comes of it. Empty: nobody.
    std::string service;
    std::int64_t service_wait_ms = 5'000;
};

struct SessionSettings {
    std::string network;   // As messages call it.
    std::string password;  // Of the server. Empty: it has none.
    std::string nick;
    std::vector<std::string> alternatives;  // Where that is taken; after them it is the nick with something behind.
    std::string user = "millrace";
    std::string real_name = "Millrace";
    std::string version = "Millrace";  // What CTCP VERSION is answered.
    AccountSettings account;
    std::vector<RoomSettings> rooms;

    Pace pace{5, 1'300};                // Lines.
    QueueLimits queue{64, 256 * 1024};  // Of one conversation: messages, and their bytes.
    std::size_t lines_max = 50;         // That one message may become.

    std::int64_t register_timeout_ms = 30'000;
    std::int64_t ping_after_ms = 30'000;   // Of silence.
    std::int64_t lost_after_ms = 120'000;  // Of silence.
    std::int64_t reclaim_every_ms = 60'000;
    std::int64_t sasl_timeout_ms = 15'000;
    std::int64_t confirm_timeout_ms = 60'000;
};

}  // namespace millrace::chat::irc
