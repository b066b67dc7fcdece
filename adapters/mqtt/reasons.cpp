#include "adapters/mqtt/reasons.hpp"

#include <iterator>

namespace millrace::mqtt {

std::string_view words_of_connack(Version version, std::uint8_t code) {
    if (version == Version::v5) return words_of(static_cast<Reason>(code));
    constexpr std::string_view kWords[] = {"accepted",
                                           "it does not speak MQTT 3.1.1",
                                           "the client identifier is not allowed",
                                           "the broker is unavailable",
                                           "the user name or password is wrong",
                                           "not authorized"};
    return code < std::size(kWords) ? kWords[code] : std::string_view();
}

std::string_view words_of(Reason reason) {
    constexpr struct {
        std::uint8_t code;
        std::string_view words;
    } kWords[] = {
        {0x00, "no error"},
        {0x04, "disconnected with the will"},
        {0x80, "an unspecified error"},
        {0x81, "a malformed packet"},
        {0x82, "a protocol error"},
        {0x83, "an error of this implementation"},
        {0x84, "it does not speak this version of MQTT"},
        {0x85, "the client identifier is not valid"},
        {0x86, "the user name or password is wrong"},
        {0x87, "not authorized"},
        {0x88, "the broker is unavailable"},
        {0x89, "the broker is busy"},
        {0x8A, "the client is banned"},
        {0x8B, "the broker shuts down"},
        {0x8C, "the authentication method is not supported"},
        {0x8D, "nothing was heard for longer than the keep-alive"},
        {0x8E, "another connection took over the session: is the client identifier in use elsewhere?"},
        {0x8F, "a topic filter is not valid"},
        {0x90, "a topic name is not valid"},
        {0x93, "more messages in flight than the receive maximum"},
        {0x94, "a topic alias is not valid"},
        {0x95, "a packet is too large"},
        {0x96, "the message rate is too high"},
        {0x97, "a quota is exceeded"},
        {0x98, "an administrator's action"},
        {0x99, "a payload's format is not valid"},
        {0x9A, "retained messages are not supported"},
        {0x9B, "this QoS is not supported"},
        {0x9C, "use another broker"},
        {0x9D, "the broker has moved"},
        {0x9E, "shared subscriptions are not supported"},
        {0x9F, "the connection rate is too high"},
        {0xA0, "the longest time of a connection is over"},
        {0xA1, "subscription identifiers are not supported"},
        {0xA2, "wildcard subscriptions are not supported"},
    };
    for (const auto& row : kWords) {
        if (row.code == static_cast<std::uint8_t>(reason)) return row.words;
    }
    return {};
}

}  // namespace millrace::mqtt
