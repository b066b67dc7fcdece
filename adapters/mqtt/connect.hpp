#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/mqtt/packet.hpp"

// CONNECT (§3.1): read as the client library has written it, and written anew for the broker.
namespace millrace::mqtt {

struct Connect {
    Version version = Version::v5;
    bool clean_start = false;        // In 3.1.1: clean session.
    std::uint16_t keep_alive_s = 0;  // 0: none.
    Properties properties{};         // Of 5.
    std::string_view client_id{};
    std::string_view will{};      // Will properties, topic and payload, as they came. Empty: there is no will.
    std::uint8_t will_flags = 0;  // Its bits of the connect flags.
    std::optional<std::string_view> username{};
    std::optional<std::string_view> password{};
};

// `body` is what follows the fixed header. Views of it.
Fault parse_connect(std::string_view body, Connect& connect);

// What the gate promises to the broker and proves to it, in place of what the library says of it.
struct ConnectChanges {
    std::optional<std::string> username{};
    std::optional<std::string> password{};
    std::uint16_t receive_maximum = 0;   // 0: as the protocol has it, 65,535.
    std::uint32_t packet_bytes_max = 0;  // 0: any size.
    std::uint16_t topic_alias_max = 0;
};

// Appends a CONNECT that differs from the one that was read in just these. 3.1.1 knows the first two alone.
void write_connect(std::string& out, const Connect& connect, const ConnectChanges& changes);

}  // namespace millrace::mqtt
