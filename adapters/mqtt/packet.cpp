#include "adapters/mqtt/packet.hpp"

#include <algorithm>
#include <initializer_list>

#include "adapters/mqtt/cursor.hpp"

namespace millrace::mqtt {
namespace {

using Codes = std::initializer_list<std::uint8_t>;

constexpr Codes kConnackCodes = {0x00, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89,
                                 0x8A, 0x8C, 0x90, 0x95, 0x97, 0x99, 0x9A, 0x9B, 0x9C, 0x9D, 0x9F};
constexpr Codes kPublishAckCodes = {0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99};
constexpr Codes kReleaseCodes = {0x00, 0x92};
constexpr Codes kSubackCodes = {0x00, 0x01, 0x02, 0x80, 0x83, 0x87, 0x8F, 0x91, 0x97, 0x9E, 0xA1, 0xA2};
constexpr Codes kSubackCodes3 = {0x00, 0x01, 0x02, 0x80};
constexpr Codes kUnsubackCodes = {0x00, 0x11, 0x80, 0x83, 0x87, 0x8F, 0x91};
constexpr Codes kDisconnectCodes = {0x00, 0x04, 0x80, 0x81, 0x82, 0x83, 0x87, 0x89, 0x8B, 0x8D,
                                    0x8E, 0x8F, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99,
                                    0x9A, 0x9B, 0x9C, 0x9D, 0x9E, 0x9F, 0xA0, 0xA1, 0xA2};
constexpr Codes kAuthCodes = {0x00, 0x18, 0x19};

bool is_among(std::uint8_t code, Codes codes) { return std::find(codes.begin(), codes.end(), code) != codes.end(); }

constexpr Fault kShort = malformed("it ends early");
constexpr Fault kLong = malformed("there is more in it than belongs there");
constexpr Fault kNoIdentifier = protocol_error("the packet identifier is 0");
constexpr Fault kBadCode = malformed("the reason code is none that it can have");

bool is_sent_by_broker(PacketType type, Version version) {
    switch (type) {
        case PacketType::connect:
        case PacketType::subscribe:
        case PacketType::unsubscribe:
        case PacketType::pingreq:
            return false;
        case PacketType::disconnect:
        case PacketType::auth:
            return version == Version::v5;
        default:
            return true;
    }
}

bool is_sent_by_client(PacketType type) {
    return type != PacketType::connack && type != PacketType::suback && type != PacketType::unsuback &&
           type != PacketType::pingresp;
}

// What §2.1.3 reserves for a type, and §2.1.2: whether there is such a type, and who may send it.
Fault check_first_byte(Sender sender, Version version, const Head& head) {
    const auto type = static_cast<unsigned>(head.type);
    if (type == 0) return malformed("packets of type 0 do not exist");
    if (version == Version::v3_1_1 && head.type == PacketType::auth)
        return malformed("packets of type 15 do not exist in MQTT 3.1.1");
    if (sender == Sender::client && !is_sent_by_client(head.type))
        return protocol_error("a client does not send such packets");
    if (sender == Sender::broker && !is_sent_by_broker(head.type, version))
        return protocol_error("a broker does not send such packets");
    if (head.type == PacketType::publish) {
        const unsigned qos = head.flags >> 1 & 3u;
        if (qos == 3) return malformed("there is no QoS 3");
        if (qos == 0 && (head.flags & 8) != 0) return malformed("it is a duplicate with QoS 0");
        return {};
    }
    const bool has_a_one =
        head.type == PacketType::pubrel || head.type == PacketType::subscribe || head.type == PacketType::unsubscribe;
    return head.flags == (has_a_one ? 2 : 0) ? Fault{} : malformed("its reserved flags are wrong");
}

struct Sizes {
    std::uint32_t min;
    std::uint32_t max;
};

Sizes sizes_of(Version version, PacketType type) {
    const bool is_5 = version == Version::v5;
    switch (type) {
        case PacketType::connect:
            return {12, kVarintMax};
        case PacketType::connack:
            return is_5 ? Sizes{3, kVarintMax} : Sizes{2, 2};
        case PacketType::puback:
        case PacketType::pubrec:
        case PacketType::pubrel:
        case PacketType::pubcomp:
            return {2, is_5 ? kVarintMax : 2};
        case PacketType::unsuback:
            return is_5 ? Sizes{4, kVarintMax} : Sizes{2, 2};
        case PacketType::suback:
            return {is_5 ? 4u : 3u, kVarintMax};
        case PacketType::publish:
            return {is_5 ? 3u : 2u, kVarintMax};
        case PacketType::subscribe:
            return {is_5 ? 6u : 5u, kVarintMax};
        case PacketType::unsubscribe:
            return {is_5 ? 5u : 4u, kVarintMax};
        case PacketType::pingreq:
        case PacketType::pingresp:
            return {0, 0};
        case PacketType::disconnect:
        case PacketType::auth:
            break;
    }
    return {0, is_5 ? kVarintMax : 0};
}

}  // namespace

Fault parse_head(Sender sender, Version version, std::string_view bytes, Head& head) {
    head = {};
    if (bytes.empty()) return {};
    const auto first = static_cast<std::uint8_t>(bytes[0]);
    head.type = static_cast<PacketType>(first >> 4);
    head.flags = first & 0x0F;
    if (const Fault fault = check_first_byte(sender, version, head)) return fault;
    Cursor cursor(bytes.substr(1));
    switch (cursor.take_varint(head.body_size)) {
        case Cursor::Varint::incomplete:
            return {};
        case Cursor::Varint::too_long:
            return malformed("its length has more than four bytes");
        case Cursor::Varint::not_shortest:
            if (version == Version::v5) return malformed("its length is not in its shortest form");
            break;
        case Cursor::Varint::whole:
            break;
    }
    const Sizes sizes = sizes_of(version, head.type);
    if (head.body_size < sizes.min) return malformed("it is too short");
    if (head.body_size > sizes.max) return malformed("it is too long");
    head.size = static_cast<std::uint8_t>(bytes.size() - cursor.rest().size());
    return {};
}

Fault parse_connack(Version version, std::string_view body, Connack& connack) {
    Cursor cursor(body);
    std::uint8_t flags = 0;
    if (!cursor.take_byte(flags) || !cursor.take_byte(connack.code)) return kShort;
    if (flags > 1) return malformed("its reserved flags are wrong");
    connack.session_present = flags == 1;
    if (version == Version::v5 ? !is_among(connack.code, kConnackCodes) : connack.code > 5) return kBadCode;
    if (connack.session_present && connack.code != 0) return protocol_error("it refuses and has a session present");
    connack.properties = {};
    if (version == Version::v5) {
        if (const Fault fault = take_properties(cursor, Place::connack, connack.properties)) return fault;
    }
    return cursor.is_at_end() ? Fault{} : kLong;
}

std::size_t publish_size(Version version, const Head& head, std::string_view bytes) {
    Cursor cursor(bytes.substr(head.size));
    const std::size_t whole = head.size + head.body_size;
    std::uint16_t topic_size = 0;
    if (!cursor.take_u16(topic_size)) return 0;
    const std::size_t before = head.size + 2u + topic_size + ((head.flags & 6) != 0 ? 2u : 0u);
    if (version == Version::v3_1_1 || before >= whole) return std::min(before, whole);
    if (bytes.size() <= before) return 0;
    Cursor properties(bytes.substr(before));
    std::uint32_t size = 0;
    switch (properties.take_varint(size)) {
        case Cursor::Varint::incomplete:
            return bytes.size() >= whole ? whole : 0;
        case Cursor::Varint::too_long:
            return std::min(before + 4, whole);
        case Cursor::Varint::not_shortest:
        case Cursor::Varint::whole:
            break;
    }
    return std::min(bytes.size() - properties.rest().size() + size, whole);
}

Fault parse_publish(Version version, const Head& head, std::string_view body, Publish& publish) {
    Cursor cursor(body);
    publish = {};
    publish.qos = head.flags >> 1 & 3;
    publish.retain = (head.flags & 1) != 0;
    publish.is_duplicate = (head.flags & 8) != 0;
    if (!cursor.take_data(publish.topic)) return malformed("its topic ends early");
    if (!is_string(publish.topic)) return malformed("its topic is not UTF-8, or has U+0000 in it");
    if (publish.topic.find_first_of("+#") != std::string_view::npos) return malformed("its topic has a wildcard");
    if (publish.topic.empty() && version == Version::v3_1_1) return malformed("it has no topic");
    if (publish.qos > 0) {
        if (!cursor.take_u16(publish.packet_id)) return kShort;
        if (publish.packet_id == 0) return kNoIdentifier;
    }
    if (version == Version::v5) {
        if (const Fault fault = take_properties(cursor, Place::publish, publish.properties)) return fault;
    }
    publish.payload_size = head.body_size - static_cast<std::uint32_t>(body.size() - cursor.rest().size());
    return {};
}

Fault parse_ack(Version version, PacketType type, std::string_view body, Ack& ack) {
    Cursor cursor(body);
    ack = {};
    if (!cursor.take_u16(ack.packet_id)) return kShort;
    if (ack.packet_id == 0) return kNoIdentifier;
    if (version == Version::v3_1_1 || cursor.is_at_end()) return cursor.is_at_end() ? Fault{} : kLong;
    std::uint8_t code = 0;
    cursor.take_byte(code);
    const bool is_of_publish = type == PacketType::puback || type == PacketType::pubrec;
    if (!is_among(code, is_of_publish ? kPublishAckCodes : kReleaseCodes)) return kBadCode;
    ack.reason = static_cast<Reason>(code);
    if (cursor.is_at_end()) return {};
    if (const Fault fault = take_properties(cursor, Place::ack, ack.properties)) return fault;
    return cursor.is_at_end() ? Fault{} : kLong;
}

Fault check_subscription_ack(Version version, PacketType type, std::string_view body) {
    Cursor cursor(body);
    std::uint16_t packet_id = 0;
    if (!cursor.take_u16(packet_id)) return kShort;
    if (packet_id == 0) return kNoIdentifier;
    if (version == Version::v5) {
        Properties properties;
        if (const Fault fault = take_properties(cursor, Place::ack, properties)) return fault;
    } else if (type == PacketType::unsuback) {
        return cursor.is_at_end() ? Fault{} : kLong;
    }
    if (cursor.is_at_end()) return malformed("it answers no filter");
    const Codes codes = type == PacketType::unsuback ? kUnsubackCodes
                        : version == Version::v3_1_1 ? kSubackCodes3
                                                     : kSubackCodes;
    const std::string_view answers = cursor.rest();
    const bool is_right = std::all_of(answers.begin(), answers.end(),
                                      [&](char code) { return is_among(static_cast<std::uint8_t>(code), codes); });
    return is_right ? Fault{} : kBadCode;
}

Fault parse_farewell(PacketType type, std::string_view body, Farewell& farewell) {
    Cursor cursor(body);
    farewell = {};
    if (cursor.is_at_end()) return {};
    std::uint8_t code = 0;
    cursor.take_byte(code);
    const bool is_disconnect = type == PacketType::disconnect;
    if (!is_among(code, is_disconnect ? kDisconnectCodes : kAuthCodes)) return kBadCode;
    farewell.reason = static_cast<Reason>(code);
    if (cursor.is_at_end()) return {};
    const Place place = is_disconnect ? Place::disconnect : Place::auth;
    if (const Fault fault = take_properties(cursor, place, farewell.properties)) return fault;
    return cursor.is_at_end() ? Fault{} : kLong;
}

}  // namespace millrace::mqtt
