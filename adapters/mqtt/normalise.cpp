#include "adapters/mqtt/normalise.hpp"

#include <charconv>

#include "adapters/common/utf8.hpp"
#include "adapters/mqtt/cursor.hpp"
#include "adapters/mqtt/publication.hpp"
#include "adapters/mqtt/writer.hpp"
#include "millrace/v1/message.pb.h"

namespace millrace::mqtt {
namespace {

// Of the wire format of protobuf, whose varints are those of MQTT.
constexpr std::uint32_t kBytes = 2;

void write_tag(std::string& out, int field, std::uint32_t wire_type) {
    write_varint(out, static_cast<std::uint32_t>(field) << 3 | wire_type);
}

// 0 where it is no number that a message can have.
std::uint32_t parse_hops(std::string_view text) {
    std::uint8_t hops = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), hops);
    return error == std::errc() && end == text.data() + text.size() ? hops : 0;
}

void assign(std::string& to, std::string_view from) { to.assign(from.data(), from.size()); }

// Answers the hops, if the property has them.
std::uint32_t add(v1::Mqtt& body, const Property& property) {
    switch (property.id) {
        case PropertyId::payload_format_indicator:
            body.set_payload_format(property.number == 1 ? v1::Mqtt::UTF8 : v1::Mqtt::BYTES);
            break;
        case PropertyId::message_expiry_interval:
            body.set_expiry_s(property.number);
            break;
        case PropertyId::content_type:
            assign(*body.mutable_content_type(), property.text);
            break;
        case PropertyId::response_topic:
            if (is_topic_name(property.text)) assign(*body.mutable_response_topic(), property.text);
            break;
        case PropertyId::correlation_data:
            assign(*body.mutable_correlation_data(), property.text);
            break;
        case PropertyId::subscription_identifier:
            body.add_subscription_identifiers(property.number);
            break;
        case PropertyId::user_property: {
            v1::Mqtt::UserProperty& added = *body.add_user_properties();
            assign(*added.mutable_name(), property.text);
            assign(*added.mutable_value(), property.value);
            if (property.text == kHopsProperty) return parse_hops(property.value);
            break;
        }
        default:
            break;
    }
    return 0;
}

}  // namespace

std::uint32_t Normaliser::append_fields(std::string& out, const Publish& publish, const Delivery& delivery) {
    body_.Clear();
    assign(*body_.mutable_topic(), publish.topic);
    assign(*body_.mutable_filter(), delivery.filter);
    assign(*body_.mutable_version(), delivery.version == Version::v5 ? "5" : "3.1.1");
    body_.set_qos(publish.qos);
    body_.set_retained(publish.retain);
    body_.set_duplicate(publish.is_duplicate);
    std::uint32_t hops = 0;
    Properties properties = publish.properties;
    Property property{};
    while (properties.next(property)) hops = std::max(hops, add(body_, property));

    write_tag(out, v1::ChannelMessage::kMqttFieldNumber, kBytes);
    write_varint(out, static_cast<std::uint32_t>(body_.ByteSizeLong()));
    body_.AppendToString(&out);
    if (body_.response_topic().empty()) return hops;
    const std::string address = reply_to(
        body_.response_topic(),
        body_.has_correlation_data() ? std::optional<std::string_view>(body_.correlation_data()) : std::nullopt);
    write_tag(out, v1::ChannelMessage::kReplyToFieldNumber, kBytes);
    write_varint(out, static_cast<std::uint32_t>(address.size()));
    out += address;
    return hops;
}

bool is_text(std::string_view payload) { return is_utf8(payload); }

}  // namespace millrace::mqtt
