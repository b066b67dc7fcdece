#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/websocket/handshake.hpp"

// Between WebSocket and the normal form: README.md has the mapping.
namespace millrace::websocket {

struct Address {
    std::string host;
    std::uint16_t port;
};

// What a scope is opened with.
struct Opening {
    struct Attribute {
        std::string_view key;  // a match key
        std::string value;     // UTF-8 without control characters, not empty
    };

    std::vector<Attribute> attributes;
    std::string fields;  // serialised ChannelMessage fields of all its events
};

// What the connection came over.
struct Channel {
    std::string_view scheme = "ws";
    std::string certificate = {};  // The subject of the client's; empty for none.
};

// `listener` is the address that the adapter listens on, `server` the one that the client came to.
Opening normalise(const Request& request, const Address& client, const Address& server, std::string_view listener,
                  const Channel& channel = {});

// Serialised ChannelMessage fields of a DISCONNECT.
std::string close_fields(std::uint32_t code, std::string_view reason);

// What a serialised Command says about accepting, or nothing where it is no Command.
std::optional<Acceptance> acceptance_of(std::string_view command);

}  // namespace millrace::websocket
