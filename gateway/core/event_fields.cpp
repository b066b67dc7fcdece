#include "gateway/core/event_fields.hpp"

#include <bit>
#include <cstring>

#include "millrace/detail/wire.hpp"
#include "millrace/v1/command.pb.h"
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

void append_head(std::string& out, int field, std::uint64_t size) {
    char buffer[20];
    out.append(buffer, put_varint(put_tag(buffer, field, Wire::bytes), size));
}

void append_text(std::string& out, int field, std::string_view text) {
    append_head(out, field, text.size());
    out.append(text);
}

std::size_t varint_size(std::uint64_t value) { return (static_cast<std::size_t>(std::bit_width(value | 1)) + 6) / 7; }

// An entry of a map<string, string>: a message whose fields 1 and 2 are key and value.
void append_attribute(std::string& out, std::string_view key, std::string_view value) {
    const auto size = 2 + varint_size(key.size()) + key.size() + varint_size(value.size()) + value.size();
    append_head(out, ChannelMessage::kAttributesFieldNumber, size);
    append_text(out, 1, key);
    append_text(out, 2, value);
}

}  // namespace

void append_event(std::string& out, const Event::Head& head, std::uint64_t id, std::int64_t received_at_us,
                  std::string_view fields, std::uint64_t payload_size) {
    char buffer[kEventFieldBytesMax];
    char* at = put_fixed64(buffer, ChannelMessage::kIdFieldNumber, id);
    at = put_varint(put_tag(at, ChannelMessage::kKindFieldNumber, Wire::varint), head.kind);
    at = put_fixed64(at, ChannelMessage::kOrderFieldNumber, head.order);
    at = put_fixed64(at, ChannelMessage::kReceivedAtUsFieldNumber, static_cast<std::uint64_t>(received_at_us));
    if (head.hops != 0) at = put_varint(put_tag(at, ChannelMessage::kHopsFieldNumber, Wire::varint), head.hops);
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

void set_order(std::string& event, std::uint64_t order) {
    constexpr std::size_t kAt = 9 + 2;  // Behind the id and the kind.
    put_fixed64(event.data() + kAt, ChannelMessage::kOrderFieldNumber, order);
}

void append_sender(std::string& out, std::string_view sender, std::uint64_t correlation) {
    char buffer[48];
    char* at = buffer;
    if (correlation != 0)
        at = put_varint(put_tag(at, ChannelMessage::kCorrelationFieldNumber, Wire::varint), correlation);
    at = put_varint(put_tag(at, ChannelMessage::kSenderFieldNumber, Wire::bytes), sender.size());
    out.append(buffer, at).append(sender);
}

std::uint64_t correlation_of(std::string_view event) {
    ChannelMessage message;
    const bool is_whole = message.ParseFromArray(event.data(), static_cast<int>(event.size()));
    return is_whole ? message.correlation() : 0;
}

std::string make_attributes(std::span<const Attribute> attributes) {
    std::string out;
    for (const Attribute& attribute : attributes) append_attribute(out, attribute.key, attribute.value);
    return out;
}

void append_route(std::string& out, std::string_view route, std::span<const Capture> captures) {
    append_text(out, ChannelMessage::kRouteFieldNumber, route);
    for (const Capture& capture : captures) append_attribute(out, capture.name, capture.value);
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

std::string make_outcome_fields(std::uint64_t correlation, std::uint32_t outcome, std::uint32_t code,
                                std::string_view text) {
    ChannelMessage message;
    message.set_correlation(correlation);
    message.mutable_receipt()->set_outcome(static_cast<v1::Receipt::Outcome>(outcome));
    message.mutable_receipt()->set_code(code);
    message.mutable_receipt()->set_text(std::string(text));
    return message.SerializeAsString();
}

std::optional<std::string_view> find_reply_to(std::string_view fields) {
    detail::WireReader reader(fields);
    while (const auto field = reader.next()) {
        if (field->number == ChannelMessage::kReplyToFieldNumber) return field->value;
    }
    return std::nullopt;
}

bool has_refusal(std::string_view command) {
    detail::WireReader reader(command);
    while (const auto field = reader.next()) {
        if (field->number == v1::Command::kRefusalFieldNumber) return true;
    }
    return false;
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
