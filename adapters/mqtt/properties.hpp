#pragma once

#include <cstdint>
#include <string_view>

#include "adapters/mqtt/cursor.hpp"
#include "adapters/mqtt/protocol.hpp"

// The properties of MQTT 5 (§2.2.2): checked once, then walked where they lie.
namespace millrace::mqtt {

enum class PropertyId : std::uint8_t {
    payload_format_indicator = 1,
    message_expiry_interval = 2,
    content_type = 3,
    response_topic = 8,
    correlation_data = 9,
    subscription_identifier = 11,
    session_expiry_interval = 17,
    assigned_client_identifier = 18,
    server_keep_alive = 19,
    authentication_method = 21,
    authentication_data = 22,
    request_problem_information = 23,
    will_delay_interval = 24,
    request_response_information = 25,
    response_information = 26,
    server_reference = 28,
    reason_string = 31,
    receive_maximum = 33,
    topic_alias_maximum = 34,
    topic_alias = 35,
    maximum_qos = 36,
    retain_available = 37,
    user_property = 38,
    maximum_packet_size = 39,
    wildcard_subscription_available = 40,
    subscription_identifier_available = 41,
    shared_subscription_available = 42,
};

// Where properties stand.
enum class Place : std::uint16_t {
    connect = 1 << 0,
    will = 1 << 1,
    connack = 1 << 2,
    publish = 1 << 3,
    ack = 1 << 4,  // PUBACK, PUBREC, PUBREL, PUBCOMP, SUBACK, UNSUBACK
    disconnect = 1 << 5,
    auth = 1 << 6,
};

struct Property {
    PropertyId id;
    std::uint32_t number = 0;  // Of those that are numbers and flags.
    std::string_view text{};   // Of those that are text or binary data; a user property's name.
    std::string_view value{};  // A user property's.
    std::string_view bytes{};  // All of it, as it came.
};

// The bytes between the length of properties and what follows them. Owns nothing. A view of bytes that check() has not
// passed ends early, and never reads past its end.
class Properties {
  public:
    Properties() = default;
    explicit Properties(std::string_view bytes) : bytes_(bytes), rest_(bytes) {}

    std::string_view bytes() const { return bytes_; }

    // One after the other, in the order in which they came.
    bool next(Property& property);

    // The first of that kind from here on.
    bool find(PropertyId id, Property& property) const;

    // Unknown ones, misplaced ones and bad values are a malformed packet; what is there twice is a protocol error, and
    // so is a number that its property excludes.
    Fault check(Place place) const;

  private:
    std::string_view bytes_;
    std::string_view rest_;
};

// Their length and themselves, checked.
Fault take_properties(Cursor& cursor, Place place, Properties& properties);

}  // namespace millrace::mqtt
