#pragma once

#include <cstdint>
#include <string_view>

// The words of MQTT, with the numbers that stand for them: OASIS MQTT 3.1.1 and 5.0, whose sections are named here.
namespace millrace::mqtt {

enum class Version : std::uint8_t {
    v3_1_1 = 4,
    v5 = 5,
};

// §2.1.2
enum class PacketType : std::uint8_t {
    connect = 1,
    connack,
    publish,
    puback,
    pubrec,
    pubrel,
    pubcomp,
    subscribe,
    suback,
    unsubscribe,
    unsuback,
    pingreq,
    pingresp,
    disconnect,
    auth,
};

// §2.4 of 5.0, those that are used here. Whatever is 0x80 or above is a failure.
enum class Reason : std::uint8_t {
    success = 0x00,
    unspecified_error = 0x80,
    malformed_packet = 0x81,
    protocol_error = 0x82,
    implementation_specific_error = 0x83,
    not_authorized = 0x87,
    packet_identifier_not_found = 0x92,
    topic_alias_invalid = 0x94,
    packet_too_large = 0x95,
};

constexpr bool is_failure(Reason reason) { return static_cast<std::uint8_t>(reason) >= 0x80; }

// §1.5.5: a variable byte integer, and so the remaining length of a packet.
inline constexpr std::uint32_t kVarintMax = 268'435'455;

// What is wrong with a packet; false where nothing is.
struct Fault {
    Reason reason = Reason::success;
    std::string_view text{};  // A sentence without its end. Static.

    explicit operator bool() const { return !text.empty(); }
    friend bool operator==(const Fault&, const Fault&) = default;
};

constexpr Fault malformed(std::string_view text) { return {Reason::malformed_packet, text}; }
constexpr Fault protocol_error(std::string_view text) { return {Reason::protocol_error, text}; }

// `PUBLISH`.
constexpr std::string_view name_of(PacketType type) {
    constexpr std::string_view kNames[] = {"CONNECT",  "CONNACK", "PUBLISH",   "PUBACK",     "PUBREC",
                                           "PUBREL",   "PUBCOMP", "SUBSCRIBE", "SUBACK",     "UNSUBSCRIBE",
                                           "UNSUBACK", "PINGREQ", "PINGRESP",  "DISCONNECT", "AUTH"};
    const auto at = static_cast<std::size_t>(type) - 1;
    return at < std::size(kNames) ? kNames[at] : "packet";
}

}  // namespace millrace::mqtt
