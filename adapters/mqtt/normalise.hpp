#pragma once

#include <string>
#include <string_view>

#include "adapters/mqtt/packet.hpp"
#include "millrace/v1/mqtt.pb.h"

// Between MQTT and the normal form: README.md has the mapping.
namespace millrace::mqtt {

// The user property (5) that carries how many messages have led to this one: the `hops` of a ChannelMessage, in
// decimal.
inline constexpr std::string_view kHopsProperty = "millrace-hops";

// What the packet does not say of itself.
struct Delivery {
    Version version;
    std::string_view filter;  // Of the subscription that it came by; empty: not known.
};

// Not thread-safe: one for each thread. Keeps its memory, so that messages of a kind need none.
class Normaliser {
  public:
    // Appends the serialised ChannelMessage fields of a MESSAGE, but for its payload. The packet was checked. -> How
    // many messages have led to it, by its own word.
    std::uint32_t append_fields(std::string& out, const Publish& publish, const Delivery& delivery);

  private:
    v1::Mqtt body_;
};

// Whether a payload is the `text` of its message; else it is the `data`.
bool is_text(std::string_view payload);

}  // namespace millrace::mqtt
