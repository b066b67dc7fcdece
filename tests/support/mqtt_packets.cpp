// The codec of MQTT as a program, for tests in other languages: a request a line in, an answer a line out.
//
//   read VERSION HEX              a broker's packet -> its name and fields, in the order of their names
//   connect VERSION HEX           a CONNECT -> the one that goes on, with user `u`, password `p`, 20, 70000, 3: as hex
//   ack VERSION TYPE ID REASON    -> hex
//   disconnect VERSION REASON     -> hex
#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "adapters/mqtt/codec.hpp"
#include "adapters/mqtt/connect.hpp"
#include "adapters/mqtt/writer.hpp"

namespace {

using namespace millrace::mqtt;

std::string to_hex(std::string_view bytes) {
    constexpr char kDigits[] = "0123456789abcdef";
    std::string out;
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        out += {kDigits[byte >> 4], kDigits[byte & 15]};
    }
    return out;
}

std::string from_hex(std::string_view hex) {
    std::string out;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
        out += static_cast<char>(std::strtol(std::string(hex.substr(i, 2)).c_str(), nullptr, 16));
    return out;
}

struct Fields {
    std::vector<std::string> all;

    void add(std::string_view name, unsigned value) { all.push_back(std::string(name) + "=" + std::to_string(value)); }
    void add(std::string_view name, std::string_view bytes) { all.push_back(std::string(name) + "=" + to_hex(bytes)); }
    void add(Properties properties) {
        Property it{};
        while (properties.next(it)) {
            const std::string name = "p" + std::to_string(static_cast<unsigned>(it.id));
            if (it.id == PropertyId::user_property)
                all.push_back(name + "=" + to_hex(it.text) + ":" + to_hex(it.value));
            else if (it.text.data())
                add(name, it.text);
            else
                add(name, it.number);
        }
    }
};

std::string read(Version version, std::string bytes) {
    Codec codec(Sender::broker, version, kHeadBytesMin);
    Input input{bytes.data(), bytes.data() + bytes.size()};
    if (codec.take(input) != Codec::Step::packet) return "failed: " + std::string(codec.fault().text);
    const Codec::Packet packet = codec.packet();
    Fields fields;
    switch (packet.head.type) {
        case PacketType::connack:
            fields.add("present", packet.connack.session_present ? 1 : 0);
            fields.add("code", packet.connack.code);
            fields.add(packet.connack.properties);
            break;
        case PacketType::publish:
            fields.add("topic", packet.publish.topic);
            fields.add("qos", packet.publish.qos);
            fields.add("id", packet.publish.packet_id);
            fields.add("retain", packet.publish.retain ? 1 : 0);
            fields.add("dup", packet.publish.is_duplicate ? 1 : 0);
            fields.add(packet.publish.properties);
            fields.add("payload", codec.take(input) == Codec::Step::payload ? codec.payload() : std::string_view());
            break;
        case PacketType::puback:
        case PacketType::pubrec:
        case PacketType::pubrel:
        case PacketType::pubcomp:
            fields.add("id", packet.ack.packet_id);
            fields.add("code", static_cast<unsigned>(packet.ack.reason));
            fields.add(packet.ack.properties);
            break;
        case PacketType::disconnect:
        case PacketType::auth:
            fields.add("code", static_cast<unsigned>(packet.farewell.reason));
            fields.add(packet.farewell.properties);
            break;
        default:
            break;
    }
    if (input.size() != 0) fields.add("left", static_cast<unsigned>(input.size()));
    std::sort(fields.all.begin(), fields.all.end());
    std::string text(name_of(packet.head.type));
    for (const std::string& field : fields.all) text += " " + field;
    return text;
}

std::string rewrite(Version version, const std::string& bytes) {
    Head head;
    Connect connect;
    if (const Fault fault = parse_head(Sender::client, version, bytes, head))
        return "failed: " + std::string(fault.text);
    if (const Fault fault = parse_connect(std::string_view(bytes).substr(head.size), connect))
        return "failed: " + std::string(fault.text);
    std::string out;
    write_connect(
        out, connect,
        {.username = "u", .password = "p", .receive_maximum = 20, .packet_bytes_max = 70'000, .topic_alias_max = 3});
    return to_hex(out);
}

std::string answer(std::istream& line) {
    std::string what, hex, out;
    unsigned version = 0, type = 0, packet_id = 0, reason = 0;
    line >> what >> version;
    if (what == "read" && line >> hex) return read(static_cast<Version>(version), from_hex(hex));
    if (what == "connect" && line >> hex) return rewrite(static_cast<Version>(version), from_hex(hex));
    if (what == "ack" && line >> type >> packet_id >> reason)
        write_ack(out, static_cast<Version>(version), static_cast<PacketType>(type),
                  static_cast<std::uint16_t>(packet_id), static_cast<Reason>(reason));
    else if (what == "disconnect" && line >> reason)
        write_disconnect(out, static_cast<Version>(version), static_cast<Reason>(reason));
    else
        return "failed: no such request";
    return to_hex(out);
}

}  // namespace

int main() {
    std::ios::sync_with_stdio(false);
    for (std::string text; std::getline(std::cin, text);) {
        std::istringstream line(text);
        std::cout << answer(line) << '\n';
    }
    return 0;
}
