#include "gateway/core/event_fields.hpp"

#include <bit>
#include <cstring>

#include "millrace/v1/message.pb.h"

namespace millrace {
namespace {

using v1::ChannelMessage;

enum class Wire : std::uint8_t { varint = 0, fixed64 = 1, bytes = 2 };

static_assert(std::endian::native == std::endian::little, "fixed64 is written as it lies in memory");

char* put_varint(char* at, std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) *at++ = static_cast<char>(value | 0x80);
    *at++ = static_cast<char>(value);
    return at;
}

char* put_tag(char* at, int field, Wire wire) {
    return put_varint(at, static_cast<std::uint64_t>(field) << 3 | static_cast<std::uint64_t>(wire));
}

char* put_fixed64(char* at, int field, std::uint64_t value) {
    at = put_tag(at, field, Wire::fixed64);
    std::memcpy(at, &value, sizeof value);
    return at + sizeof value;
}

}  // namespace

void append_event(std::string& out, const Event::Head& head, std::uint64_t id, std::int64_t received_at_us,
                  std::string_view fields, std::uint64_t payload_size) {
    char buffer[kEventFieldBytesMax];
    char* at = put_fixed64(buffer, ChannelMessage::kIdFieldNumber, id);
    at = put_varint(put_tag(at, ChannelMessage::kKindFieldNumber, Wire::varint), head.kind);
    at = put_fixed64(at, ChannelMessage::kOrderFieldNumber, head.order);
    at = put_fixed64(at, ChannelMessage::kReceivedAtUsFieldNumber, static_cast<std::uint64_t>(received_at_us));
    if (head.reason != 0) {
        at = put_varint(put_tag(at, ChannelMessage::kReasonFieldNumber, Wire::varint), head.reason);
    }
    out.append(buffer, at);
    out.append(fields);
    if (head.payload_kind == MILLRACE_NO_PAYLOAD) return;
    const bool is_text = head.payload_kind == MILLRACE_TEXT;
    at = put_tag(buffer, is_text ? ChannelMessage::kTextFieldNumber : ChannelMessage::kDataFieldNumber, Wire::bytes);
    out.append(buffer, put_varint(at, payload_size));
}

void append_sender(std::string& out, std::string_view sender, std::uint64_t correlation, std::uint32_t hops) {
    char buffer[48];
    char* at = put_varint(put_tag(buffer, ChannelMessage::kHopsFieldNumber, Wire::varint), hops);
    if (correlation != 0)
        at = put_varint(put_tag(at, ChannelMessage::kCorrelationFieldNumber, Wire::varint), correlation);
    at = put_varint(put_tag(at, ChannelMessage::kSenderFieldNumber, Wire::bytes), sender.size());
    out.append(buffer, at).append(sender);
}

std::string make_group_fields(std::string_view group, std::string_view sender, std::uint64_t correlation) {
    ChannelMessage message;
    message.set_group(std::string(group));
    message.set_sender(std::string(sender));
    message.set_correlation(correlation);
    return message.SerializeAsString();
}

std::string make_receipt_fields(std::uint64_t correlation, std::uint64_t members, std::uint64_t taken,
                                std::uint64_t dropped) {
    ChannelMessage message;
    message.set_correlation(correlation);
    message.mutable_receipt()->set_members(members);
    message.mutable_receipt()->set_taken(taken);
    message.mutable_receipt()->set_dropped(dropped);
    return message.SerializeAsString();
}

std::string make_gap_fields(std::uint64_t lost) {
    ChannelMessage message;
    message.mutable_gap()->set_lost(lost);
    return message.SerializeAsString();
}

std::string make_prefix(const ScopeFields& scope) {
    ChannelMessage message;
    message.set_adapter(std::string(scope.adapter));
    message.set_protocol(std::string(scope.protocol));
    message.set_scope(std::string(scope.scope));
    message.set_scope_epoch(scope.epoch);
    message.set_route(std::string(scope.route));
    auto& attributes = *message.mutable_attributes();
    for (const Attribute& attribute : scope.attributes) attributes[std::string(attribute.key)] = attribute.value;
    for (const Capture& capture : scope.captures) attributes[std::string(capture.name)] = capture.value;
    return message.SerializeAsString().append(scope.fields);
}

}  // namespace millrace
