#include "adapters/mqtt/writer.hpp"

namespace millrace::mqtt {

void write_byte(std::string& out, std::uint8_t value) { out += static_cast<char>(value); }

void write_u16(std::string& out, std::uint16_t value) {
    write_byte(out, static_cast<std::uint8_t>(value >> 8));
    write_byte(out, static_cast<std::uint8_t>(value));
}

void write_u32(std::string& out, std::uint32_t value) {
    write_u16(out, static_cast<std::uint16_t>(value >> 16));
    write_u16(out, static_cast<std::uint16_t>(value));
}

void write_varint(std::string& out, std::uint32_t value) {
    for (; value > 0x7F; value >>= 7) write_byte(out, static_cast<std::uint8_t>(value | 0x80));
    write_byte(out, static_cast<std::uint8_t>(value));
}

void write_data(std::string& out, std::string_view bytes) {
    write_u16(out, static_cast<std::uint16_t>(bytes.size()));
    out += bytes;
}

std::size_t varint_size(std::uint32_t value) {
    std::size_t size = 1;
    for (; value > 0x7F; value >>= 7) ++size;
    return size;
}

void write_head(std::string& out, PacketType type, std::uint8_t flags, std::uint32_t body_size) {
    write_byte(out, static_cast<std::uint8_t>(static_cast<unsigned>(type) << 4 | flags));
    write_varint(out, body_size);
}

void write_connack(std::string& out, Version version, bool session_present, std::uint8_t code) {
    const bool is_5 = version == Version::v5;
    write_head(out, PacketType::connack, 0, is_5 ? 3 : 2);
    write_byte(out, session_present ? 1 : 0);
    write_byte(out, code);
    if (is_5) write_byte(out, 0);
}

void write_ack(std::string& out, Version version, PacketType type, std::uint16_t packet_id, Reason reason) {
    const bool says_reason = version == Version::v5 && reason != Reason::success;
    write_head(out, type, type == PacketType::pubrel ? 2 : 0, says_reason ? 3 : 2);
    write_u16(out, packet_id);
    if (says_reason) write_byte(out, static_cast<std::uint8_t>(reason));
}

void write_pingreq(std::string& out) { write_head(out, PacketType::pingreq, 0, 0); }
void write_pingresp(std::string& out) { write_head(out, PacketType::pingresp, 0, 0); }

void write_disconnect(std::string& out, Version version, Reason reason) {
    const bool says_reason = version == Version::v5 && reason != Reason::success;
    write_head(out, PacketType::disconnect, 0, says_reason ? 1 : 0);
    if (says_reason) write_byte(out, static_cast<std::uint8_t>(reason));
}

void write_publish_head(std::string& out, const Publish& publish, std::uint8_t flags, std::string_view topic) {
    Property alias{};
    const bool has_alias = publish.properties.find(PropertyId::topic_alias, alias);
    const std::string_view all = publish.properties.bytes();
    const std::size_t before = has_alias ? static_cast<std::size_t>(alias.bytes.data() - all.data()) : all.size();
    const auto properties_size = static_cast<std::uint32_t>(all.size() - alias.bytes.size());
    const std::size_t body_size = 2 + topic.size() + (publish.qos > 0 ? 2u : 0u) + varint_size(properties_size) +
                                  properties_size + publish.payload_size;
    write_head(out, PacketType::publish, flags, static_cast<std::uint32_t>(body_size));
    write_data(out, topic);
    if (publish.qos > 0) write_u16(out, publish.packet_id);
    write_varint(out, properties_size);
    out += all.substr(0, before);
    if (has_alias) out += all.substr(before + alias.bytes.size());
}

}  // namespace millrace::mqtt
