#pragma once

#include <cstdint>
#include <string_view>

#include "adapters/mqtt/properties.hpp"
#include "adapters/mqtt/protocol.hpp"

// MQTT control packets as views of the bytes that they came in. The functions take `body`, what follows the fixed
// header; they check all that the two specifications say of a packet by itself, and answer what is wrong with it.
//
// What came earlier on the connection (is the packet in its turn, is its identifier in use?) is not theirs to know.
namespace millrace::mqtt {

// The fixed header (§2.1).
struct Head {
    PacketType type{};
    std::uint8_t flags = 0;
    std::uint8_t size = 0;        // Of the header itself: 2 to 5. 0: not all of it is there.
    std::uint32_t body_size = 0;  // The remaining length.
};

enum class Sender {
    broker,
    client,
};

// A fault as soon as there is enough to see it. `head.size` says whether the header is whole.
Fault parse_head(Sender sender, Version version, std::string_view bytes, Head& head);

struct Connack {
    bool session_present = false;
    std::uint8_t code = 0;  // 0: accepted. Of 3.1.1 a return code, of 5 a reason code.
    Properties properties{};
};

Fault parse_connack(Version version, std::string_view body, Connack& connack);

// All of it but the payload.
struct Publish {
    std::string_view topic{};     // Empty where an alias stands for it.
    std::uint16_t packet_id = 0;  // 0 with QoS 0.
    std::uint8_t qos = 0;
    bool retain = false;
    bool is_duplicate = false;
    Properties properties{};
    std::uint32_t payload_size = 0;
    bool is_cut = false;  // The properties are more than what is read: they count as payload.
};

// How much of a PUBLISH has to be there before parse_publish can take it: header and body without the payload. 0: it
// takes more than `bytes` to tell, which is the packet from its first byte on, or what there is of it.
std::size_t publish_size(Version version, const Head& head, std::string_view bytes);

// `body` without the payload.
Fault parse_publish(Version version, const Head& head, std::string_view body, Publish& publish);

// PUBACK, PUBREC, PUBREL, PUBCOMP.
struct Ack {
    std::uint16_t packet_id = 0;
    Reason reason = Reason::success;
    Properties properties{};
};

Fault parse_ack(Version version, PacketType type, std::string_view body, Ack& ack);

// SUBACK, UNSUBACK: nothing of them is used here, but that they are right.
Fault check_subscription_ack(Version version, PacketType type, std::string_view body);

// DISCONNECT and AUTH of 5.
struct Farewell {
    Reason reason = Reason::success;
    Properties properties{};
};

Fault parse_farewell(PacketType type, std::string_view body, Farewell& farewell);

}  // namespace millrace::mqtt
