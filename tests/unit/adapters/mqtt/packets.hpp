#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "adapters/mqtt/protocol.hpp"

// Packets as a peer may write them, right or wrong: nothing here knows what is allowed.
namespace millrace::mqtt::test {

inline std::string bytes(std::initializer_list<int> values) {
    std::string out;
    for (const int value : values) out += static_cast<char>(value);
    return out;
}

inline std::string u16(unsigned value) { return bytes({static_cast<int>(value >> 8), static_cast<int>(value & 255)}); }
inline std::string u32(std::uint32_t value) { return u16(value >> 16) + u16(value & 0xFFFF); }
inline std::string str(std::string_view text) { return u16(static_cast<unsigned>(text.size())) + std::string(text); }

inline std::string varint(std::size_t value) {
    std::string out;
    for (; value > 127; value >>= 7) out += static_cast<char>(value | 128);
    return out + static_cast<char>(value);
}

// `first` is the packet's first byte.
inline std::string packet(int first, std::string_view body) {
    return bytes({first}) + varint(body.size()) + std::string(body);
}

// A length in front.
inline std::string properties(std::string_view all) { return varint(all.size()) + std::string(all); }

inline std::string property(int id, std::string_view value) { return bytes({id}) + std::string(value); }

struct PublishSpec {
    std::string topic = "t";
    int qos = 0;
    unsigned id = 1;
    std::string payload = "x";
    std::string properties{};
    bool retain = false;
    bool duplicate = false;
};

inline std::string publish(Version version, const PublishSpec& spec) {
    std::string body = str(spec.topic);
    if (spec.qos > 0) body += u16(spec.id);
    if (version == Version::v5) body += properties(spec.properties);
    return packet(0x30 | (spec.duplicate ? 8 : 0) | spec.qos << 1 | (spec.retain ? 1 : 0), body + spec.payload);
}

inline std::string connack(Version version, bool session_present = false, int code = 0, std::string_view all = "") {
    const std::string body = bytes({session_present ? 1 : 0, code});
    return packet(0x20, version == Version::v5 ? body + properties(all) : body);
}

inline std::string puback(unsigned id) { return packet(0x40, u16(id)); }
inline std::string puback(unsigned id, int reason) { return packet(0x40, u16(id) + bytes({reason})); }
inline std::string pubrec(unsigned id) { return packet(0x50, u16(id)); }
inline std::string pubrec(unsigned id, int reason) { return packet(0x50, u16(id) + bytes({reason})); }
inline std::string pubrel(unsigned id) { return packet(0x62, u16(id)); }
inline std::string pubcomp(unsigned id) { return packet(0x70, u16(id)); }
inline std::string pubcomp(unsigned id, int reason) { return packet(0x70, u16(id) + bytes({reason})); }

inline std::string pingreq() { return bytes({0xC0, 0}); }
inline std::string pingresp() { return bytes({0xD0, 0}); }

struct ConnectSpec {
    bool clean = false;
    unsigned keep_alive_s = 60;
    std::string properties{};
    std::string client_id = "gw";
    std::string username = "millrace";
    std::string password = "nonce";
};

inline std::string connect(Version version, const ConnectSpec& spec = {}) {
    std::string body = str("MQTT") + bytes({static_cast<int>(version), 0xC0 | (spec.clean ? 2 : 0)});
    body += u16(spec.keep_alive_s);
    if (version == Version::v5) body += properties(spec.properties);
    return packet(0x10, body + str(spec.client_id) + str(spec.username) + str(spec.password));
}

}  // namespace millrace::mqtt::test
