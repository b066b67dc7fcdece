#pragma once

#include <mqtt/async_client.h>

#include <cstdint>
#include <string>

#include "adapters/mqtt/config.hpp"

// What all clients of Eclipse Paho have in common here.
namespace millrace::mqtt {

// The relay's port, as Paho is told of it.
inline std::string paho_url(std::uint16_t port) { return "tcp://127.0.0.1:" + std::to_string(port); }

// The version is said twice: where a client is made, and where it connects.
inline ::mqtt::create_options paho_options(const Settings& settings) {
    return ::mqtt::create_options(static_cast<int>(settings.protocol()));
}

inline void fill(::mqtt::connect_options& options, const Settings& settings, const std::string& nonce) {
    options.set_mqtt_version(static_cast<int>(settings.protocol()));
    options.set_user_name("millrace");
    options.set_password(nonce);
    options.set_automatic_reconnect(false);
    // The relay answers first.
    options.set_connect_timeout(static_cast<int>(settings.connect_timeout.count() / 1000 * 2 + 5));
}

// What the broker has answered. Of all that fails in 3.1.1 Paho says 255, which no broker does.
inline std::uint32_t code_of(const ::mqtt::token& token) {
    const ::mqtt::ReasonCode reason = token.get_reason_code();
    return reason == ::mqtt::MQTTPP_V3_CODE ? 0 : static_cast<std::uint32_t>(reason);
}

inline std::string words_of(const ::mqtt::token& token) {
    const std::uint32_t code = code_of(token);
    if (code != 0) return "the broker refuses it with code " + std::to_string(code);
    return ::mqtt::exception::error_str(token.get_return_code());
}

}  // namespace millrace::mqtt
