#include "adapters/mqtt/properties.hpp"

#include <array>
#include <initializer_list>

namespace millrace::mqtt {
namespace {

enum class Kind : std::uint8_t { none, flag, u16, u32, varint, text, data, pair };

struct Rule {
    Kind kind = Kind::none;
    std::uint16_t places = 0;
    bool may_be_zero = true;
    bool may_repeat = false;  // A subscription identifier may, in what a server publishes.
};

constexpr std::uint16_t in(std::initializer_list<Place> places) {
    std::uint16_t bits = 0;
    for (const Place place : places) bits |= static_cast<std::uint16_t>(place);
    return bits;
}

using enum Place;

constexpr std::uint16_t kMessages = in({publish, will});
constexpr std::uint16_t kBothOfConnecting = in({connect, connack});
constexpr std::uint16_t kAll = in({connect, will, connack, publish, ack, disconnect, auth});

constexpr auto kRules = [] {
    std::array<Rule, 43> rules{};
    const auto set = [&](PropertyId id, Rule rule) { rules[static_cast<std::size_t>(id)] = rule; };
    set(PropertyId::payload_format_indicator, {Kind::flag, kMessages});
    set(PropertyId::message_expiry_interval, {Kind::u32, kMessages});
    set(PropertyId::content_type, {Kind::text, kMessages});
    set(PropertyId::response_topic, {Kind::text, kMessages});
    set(PropertyId::correlation_data, {Kind::data, kMessages});
    set(PropertyId::subscription_identifier, {Kind::varint, in({publish}), false, true});
    set(PropertyId::session_expiry_interval, {Kind::u32, in({connect, connack, disconnect})});
    set(PropertyId::assigned_client_identifier, {Kind::text, in({connack})});
    set(PropertyId::server_keep_alive, {Kind::u16, in({connack})});
    set(PropertyId::authentication_method, {Kind::text, in({connect, connack, auth})});
    set(PropertyId::authentication_data, {Kind::data, in({connect, connack, auth})});
    set(PropertyId::request_problem_information, {Kind::flag, in({connect})});
    set(PropertyId::will_delay_interval, {Kind::u32, in({will})});
    set(PropertyId::request_response_information, {Kind::flag, in({connect})});
    set(PropertyId::response_information, {Kind::text, in({connack})});
    set(PropertyId::server_reference, {Kind::text, in({connack, disconnect})});
    set(PropertyId::reason_string, {Kind::text, in({connack, ack, disconnect, auth})});
    set(PropertyId::receive_maximum, {Kind::u16, kBothOfConnecting, false});
    set(PropertyId::topic_alias_maximum, {Kind::u16, kBothOfConnecting});
    set(PropertyId::topic_alias, {Kind::u16, in({publish})});
    set(PropertyId::maximum_qos, {Kind::flag, in({connack})});
    set(PropertyId::retain_available, {Kind::flag, in({connack})});
    set(PropertyId::user_property, {Kind::pair, kAll, true, true});
    set(PropertyId::maximum_packet_size, {Kind::u32, kBothOfConnecting, false});
    set(PropertyId::wildcard_subscription_available, {Kind::flag, in({connack})});
    set(PropertyId::subscription_identifier_available, {Kind::flag, in({connack})});
    set(PropertyId::shared_subscription_available, {Kind::flag, in({connack})});
    return rules;
}();

Rule rule_of(PropertyId id) {
    const auto at = static_cast<std::size_t>(id);
    return at < kRules.size() ? kRules[at] : Rule{};
}

bool take_value(Cursor& cursor, Property& property) {
    std::uint8_t byte = 0;
    std::uint16_t small = 0;
    switch (rule_of(property.id).kind) {
        case Kind::flag:
            if (!cursor.take_byte(byte)) return false;
            property.number = byte;
            return true;
        case Kind::u16:
            if (!cursor.take_u16(small)) return false;
            property.number = small;
            return true;
        case Kind::u32:
            return cursor.take_u32(property.number);
        case Kind::varint:
            return cursor.take_varint(property.number) == Cursor::Varint::whole;
        case Kind::text:
        case Kind::data:
            return cursor.take_data(property.text);
        case Kind::pair:
            return cursor.take_data(property.text) && cursor.take_data(property.value);
        case Kind::none:
            break;
    }
    return false;
}

Fault check_value(const Property& property, const Rule& rule) {
    if (rule.kind == Kind::flag && property.number > 1)
        return protocol_error("a flag among the properties is not 0 or 1");
    if (!rule.may_be_zero && property.number == 0 && rule.kind != Kind::pair)
        return protocol_error("a property is 0 that must not be");
    if (rule.kind == Kind::text || rule.kind == Kind::pair) {
        if (!is_string(property.text) || !is_string(property.value))
            return malformed("a property's text is not UTF-8, or has U+0000 in it");
    }
    return {};
}

}  // namespace

bool Properties::next(Property& property) {
    if (rest_.empty()) return false;
    Cursor cursor(rest_);
    std::uint8_t id = 0;
    cursor.take_byte(id);
    property = {static_cast<PropertyId>(id)};
    if (!take_value(cursor, property)) return false;
    property.bytes = rest_.substr(0, rest_.size() - cursor.rest().size());
    rest_ = cursor.rest();
    return true;
}

bool Properties::find(PropertyId id, Property& property) const {
    Properties walk(rest_);
    while (walk.next(property)) {
        if (property.id == id) return true;
    }
    return false;
}

Fault Properties::check(Place place) const {
    Properties walk(bytes_);
    Property property{};
    std::uint64_t seen = 0;
    while (!walk.rest_.empty()) {
        const auto id = static_cast<PropertyId>(walk.rest_[0]);
        const Rule rule = rule_of(id);
        if (rule.kind == Kind::none) return malformed("a property is unknown");
        if ((rule.places & static_cast<std::uint16_t>(place)) == 0) return malformed("a property has no place there");
        if (!walk.next(property)) return malformed("a property ends early, or its number is no shortest form");
        const std::uint64_t bit = std::uint64_t{1} << static_cast<unsigned>(id);
        if ((seen & bit) != 0 && !rule.may_repeat) return protocol_error("a property is there twice");
        seen |= bit;
        if (const Fault fault = check_value(property, rule)) return fault;
    }
    const auto bit_of = [](PropertyId id) { return std::uint64_t{1} << static_cast<unsigned>(id); };
    if ((seen & bit_of(PropertyId::authentication_data)) != 0 &&
        (seen & bit_of(PropertyId::authentication_method)) == 0)
        return protocol_error("there is authentication data without a method");
    return {};
}

Fault take_properties(Cursor& cursor, Place place, Properties& properties) {
    std::uint32_t size = 0;
    std::string_view bytes;
    if (cursor.take_varint(size) != Cursor::Varint::whole) return malformed("the length of its properties is wrong");
    if (!cursor.take(size, bytes)) return malformed("its properties end early");
    properties = Properties(bytes);
    return properties.check(place);
}

}  // namespace millrace::mqtt
