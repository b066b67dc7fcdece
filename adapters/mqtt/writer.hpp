#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "adapters/mqtt/packet.hpp"

// Writes packets, each behind what is in `out` already.
namespace millrace::mqtt {

void write_byte(std::string& out, std::uint8_t value);
void write_u16(std::string& out, std::uint16_t value);
void write_u32(std::string& out, std::uint32_t value);
void write_varint(std::string& out, std::uint32_t value);   // Up to kVarintMax.
void write_data(std::string& out, std::string_view bytes);  // Up to 65,535 bytes.

std::size_t varint_size(std::uint32_t value);

// `flags` are the lower four bits. The body is to follow.
void write_head(std::string& out, PacketType type, std::uint8_t flags, std::uint32_t body_size);

void write_connack(std::string& out, Version version, bool session_present, std::uint8_t code);

// PUBACK, PUBREC, PUBREL, PUBCOMP. In 3.1.1 the reason stays unsaid.
void write_ack(std::string& out, Version version, PacketType type, std::uint16_t packet_id,
               Reason reason = Reason::success);

void write_pingreq(std::string& out);
void write_pingresp(std::string& out);

// In 3.1.1 the reason stays unsaid.
void write_disconnect(std::string& out, Version version, Reason reason);

// A PUBLISH of 5 without its payload, with `topic` in place of its own and without a topic alias.
void write_publish_head(std::string& out, const Publish& publish, std::uint8_t flags, std::string_view topic);

}  // namespace millrace::mqtt
