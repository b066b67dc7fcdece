#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "adapters/mqtt/packet.hpp"

// The stream of one side of an MQTT connection as packets, without I/O. A packet is handed out whole; of a PUBLISH that
// is all but the payload, which follows in pieces as it comes, so that memory does not follow its size.
//
// A broker's packets are checked in every detail. A client's are those of a library: they are checked as far as the
// gate uses them, and the rest of them passes.
//
// Nothing is copied: what is handed out lies in the input, and is valid as long as that. Chops make no difference.
// Not thread-safe.
namespace millrace::mqtt {

// Bytes that have come and are not taken yet.
struct Input {
    char* begin;
    char* end;

    std::size_t size() const { return static_cast<std::size_t>(end - begin); }
};

// What fits the longest topic, whatever else there is.
inline constexpr std::size_t kHeadBytesMin = 66'000;

class Codec {
  public:
    enum class Step {
        need_more,  // Nothing could be taken: offer the same input again with more behind it.
        packet,     // packet() has it.
        payload,    // payload() has a piece of the last PUBLISH's.
        failed,     // fault() has why. Nothing follows.
    };
    struct Packet {
        Head head;
        std::string_view bytes;  // From its first byte on; of a PUBLISH without the payload.
        std::string_view body;   // The same without the fixed header.

        // Of a broker's packets, the one that its type says; of a client's, `publish` alone.
        Connack connack;
        Publish publish;
        Ack ack;
        Farewell farewell;
    };

    // `head_bytes`: the largest packet that is taken, not counting a PUBLISH's payload; kHeadBytesMin or more. An input
    // that has room for so much always gets on.
    Codec(Sender sender, Version version, std::size_t head_bytes)
        : sender_(sender), version_(version), head_bytes_(head_bytes) {}

    Step take(Input& input);

    const Packet& packet() const { return packet_; }
    std::string_view payload() const { return payload_; }
    const Fault& fault() const { return fault_; }
    PacketType fault_type() const { return packet_.head.type; }

    // Of the payload in hand, what has not come yet. 0: the next byte begins a packet.
    std::uint32_t payload_left() const { return payload_left_; }

  private:
    Step take_payload(Input& input);
    Step fail(const Fault& fault);
    Fault parse(Version of_publish);

    Sender sender_;
    Version version_;
    std::size_t head_bytes_;
    Packet packet_{};
    std::string_view payload_;
    std::uint32_t payload_left_ = 0;
    Fault fault_;
};

}  // namespace millrace::mqtt
