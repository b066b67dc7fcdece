#pragma once

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/mqtt/codec.hpp"
#include "tests/unit/adapters/mqtt/packets.hpp"

// Reads a stream as the gate does, in chops, and writes down what came out of it.
namespace millrace::mqtt::test {

inline std::string hex(unsigned value) {
    constexpr char kDigits[] = "0123456789ABCDEF";
    return {kDigits[value >> 4 & 15], kDigits[value & 15]};
}

inline std::string describe(const Codec::Packet& packet) {
    std::string text(name_of(packet.head.type));
    const auto add = [&](std::string_view name, auto value) { text.append(" ").append(name) += std::to_string(value); };
    switch (packet.head.type) {
        case PacketType::connack:
            add("present=", int{packet.connack.session_present});
            text += " code=" + hex(packet.connack.code);
            break;
        case PacketType::publish:
            text.append(" ").append(packet.publish.topic);
            add("qos=", packet.publish.qos);
            add("id=", packet.publish.packet_id);
            if (packet.publish.retain) text += " retain";
            if (packet.publish.is_duplicate) text += " dup";
            if (!packet.publish.properties.bytes().empty())
                add("properties=", packet.publish.properties.bytes().size());
            break;
        case PacketType::puback:
        case PacketType::pubrec:
        case PacketType::pubrel:
        case PacketType::pubcomp:
            add("id=", packet.ack.packet_id);
            text += " " + hex(static_cast<unsigned>(packet.ack.reason));
            break;
        case PacketType::disconnect:
        case PacketType::auth:
            text += " " + hex(static_cast<unsigned>(packet.farewell.reason));
            break;
        default:
            break;
    }
    return text;
}

// One entry a packet; a payload is joined to its PUBLISH. "failed 81 PUBLISH: ..." is the last, if there is one.
inline std::vector<std::string> read_in_chops(Sender sender, Version version, std::string_view stream, std::size_t chop,
                                              std::size_t head_bytes = kHeadBytesMin) {
    std::vector<std::string> events;
    Codec codec(sender, version, head_bytes);
    std::string buffer;
    for (std::size_t at = 0; at < stream.size(); at += chop) {
        buffer += stream.substr(at, chop);
        Input input{buffer.data(), buffer.data() + buffer.size()};
        for (bool is_more = true; is_more;) {
            switch (codec.take(input)) {
                case Codec::Step::packet:
                    EXPECT_EQ(codec.packet().bytes.data() + codec.packet().bytes.size(), input.begin);
                    events.push_back(describe(codec.packet()));
                    if (codec.packet().head.type == PacketType::publish) events.back() += " ";
                    break;
                case Codec::Step::payload:
                    events.back() += codec.payload();
                    break;
                case Codec::Step::failed:
                    events.push_back("failed " + hex(static_cast<unsigned>(codec.fault().reason)) + " " +
                                     std::string(name_of(codec.fault_type())) + ": " + std::string(codec.fault().text));
                    return events;
                case Codec::Step::need_more:
                    is_more = false;
                    break;
            }
        }
        buffer.erase(0, static_cast<std::size_t>(input.begin - buffer.data()));
        EXPECT_LT(buffer.size(), head_bytes + chop);
    }
    if (!buffer.empty()) events.push_back("and " + std::to_string(buffer.size()) + " bytes");
    return events;
}

}  // namespace millrace::mqtt::test
