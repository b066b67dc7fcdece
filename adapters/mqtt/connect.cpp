#include "adapters/mqtt/connect.hpp"

#include "adapters/mqtt/cursor.hpp"
#include "adapters/mqtt/writer.hpp"

namespace millrace::mqtt {
namespace {

constexpr std::uint8_t kCleanStart = 0x02;
constexpr std::uint8_t kWill = 0x04;
constexpr std::uint8_t kWillAll = 0x3C;
constexpr std::uint8_t kPassword = 0x40;
constexpr std::uint8_t kUsername = 0x80;

constexpr Fault kShort = malformed("it ends early");

Fault check_flags(Version version, std::uint8_t flags) {
    if ((flags & 1) != 0) return malformed("its reserved flag is set");
    if ((flags & kWill) == 0 && (flags & kWillAll) != 0) return malformed("it has flags of a will, and no will");
    if ((flags & 0x18) == 0x18) return malformed("there is no QoS 3");
    if (version == Version::v3_1_1 && (flags & kPassword) != 0 && (flags & kUsername) == 0)
        return malformed("it has a password without a user name");
    return {};
}

Fault take_will(Cursor& cursor, Connect& connect) {
    const std::string_view from = cursor.rest();
    if (connect.version == Version::v5) {
        Properties properties;
        if (const Fault fault = take_properties(cursor, Place::will, properties)) return fault;
    }
    std::string_view topic;
    std::string_view payload;
    if (!cursor.take_data(topic) || !cursor.take_data(payload)) return kShort;
    if (!is_topic_name(topic)) return malformed("the will's topic is none to publish to");
    connect.will = from.substr(0, from.size() - cursor.rest().size());
    return {};
}

// All of ours, then what of the library's is not ours to say.
std::string properties_of(const Connect& connect, const ConnectChanges& changes) {
    std::string out;
    const auto begin = [&](PropertyId id) { write_byte(out, static_cast<std::uint8_t>(id)); };
    if (changes.receive_maximum != 0) {
        begin(PropertyId::receive_maximum);
        write_u16(out, changes.receive_maximum);
    }
    if (changes.packet_bytes_max != 0) {
        begin(PropertyId::maximum_packet_size);
        write_u32(out, changes.packet_bytes_max);
    }
    if (changes.topic_alias_max != 0) {
        begin(PropertyId::topic_alias_maximum);
        write_u16(out, changes.topic_alias_max);
    }
    Properties theirs = connect.properties;
    Property property{};
    while (theirs.next(property)) {
        const bool is_ours = property.id == PropertyId::receive_maximum ||
                             property.id == PropertyId::maximum_packet_size ||
                             property.id == PropertyId::topic_alias_maximum;
        if (!is_ours) out += property.bytes;
    }
    return out;
}

}  // namespace

Fault parse_connect(std::string_view body, Connect& connect) {
    Cursor cursor(body);
    connect = {};
    std::string_view name;
    std::uint8_t level = 0;
    std::uint8_t flags = 0;
    if (!cursor.take_data(name) || !cursor.take_byte(level)) return kShort;
    if (name != "MQTT" || (level != 4 && level != 5)) return malformed("it speaks neither MQTT 3.1.1 nor MQTT 5");
    connect.version = static_cast<Version>(level);
    if (!cursor.take_byte(flags) || !cursor.take_u16(connect.keep_alive_s)) return kShort;
    if (const Fault fault = check_flags(connect.version, flags)) return fault;
    connect.clean_start = (flags & kCleanStart) != 0;
    connect.will_flags = flags & kWillAll;
    if (connect.version == Version::v5) {
        if (const Fault fault = take_properties(cursor, Place::connect, connect.properties)) return fault;
    }
    if (!cursor.take_data(connect.client_id)) return kShort;
    if (!is_string(connect.client_id)) return malformed("the client identifier is not UTF-8, or has U+0000 in it");
    if (connect.client_id.empty() && !connect.clean_start && connect.version == Version::v3_1_1)
        return malformed("it has no client identifier, and wants to keep the session");
    if ((flags & kWill) != 0) {
        if (const Fault fault = take_will(cursor, connect)) return fault;
    }
    if ((flags & kUsername) != 0 && !cursor.take_data(connect.username.emplace())) return kShort;
    if ((flags & kPassword) != 0 && !cursor.take_data(connect.password.emplace())) return kShort;
    if (connect.username && !is_string(*connect.username)) return malformed("the user name is not UTF-8");
    return cursor.is_at_end() ? Fault{} : malformed("there is more in it than belongs there");
}

void write_connect(std::string& out, const Connect& connect, const ConnectChanges& changes) {
    std::string body;
    write_data(body, "MQTT");
    write_byte(body, static_cast<std::uint8_t>(connect.version));
    write_byte(body,
               static_cast<std::uint8_t>((connect.clean_start ? kCleanStart : 0) | connect.will_flags |
                                         (changes.username ? kUsername : 0) | (changes.password ? kPassword : 0)));
    write_u16(body, connect.keep_alive_s);
    if (connect.version == Version::v5) {
        const std::string properties = properties_of(connect, changes);
        write_varint(body, static_cast<std::uint32_t>(properties.size()));
        body += properties;
    }
    write_data(body, connect.client_id);
    body += connect.will;
    if (changes.username) write_data(body, *changes.username);
    if (changes.password) write_data(body, *changes.password);
    write_head(out, PacketType::connect, 0, static_cast<std::uint32_t>(body.size()));
    out += body;
}

}  // namespace millrace::mqtt
