#include "adapters/mqtt/codec.hpp"

#include <algorithm>

namespace millrace::mqtt {
Codec::Step Codec::take(Input& input) {
    if (fault_) return Step::failed;
    if (payload_left_ > 0) return take_payload(input);

    const std::string_view bytes(input.begin, input.size());
    Head& head = packet_.head;
    if (const Fault fault = parse_head(sender_, version_, bytes, head)) return fail(fault);
    if (head.size == 0) return Step::need_more;

    const bool is_publish = head.type == PacketType::publish;
    std::size_t size = is_publish ? publish_size(version_, head, bytes) : head.size + head.body_size;
    const bool is_cut = is_publish && sender_ == Sender::broker && size > head_bytes_;
    if (is_cut) size = publish_size(Version::v3_1_1, head, bytes);
    if (size > head_bytes_) return fail({Reason::packet_too_large, "it is larger than what is taken"});
    if (size == 0 || size > bytes.size()) return Step::need_more;

    packet_.bytes = bytes.substr(0, size);
    packet_.body = packet_.bytes.substr(head.size);
    if (const Fault fault = parse(is_cut ? Version::v3_1_1 : version_)) return fail(fault);
    packet_.publish.is_cut = is_cut;
    payload_left_ = is_publish ? packet_.publish.payload_size : 0;
    input.begin += size;
    return Step::packet;
}

Codec::Step Codec::take_payload(Input& input) {
    if (input.size() == 0) return Step::need_more;
    const std::size_t size = std::min<std::size_t>(payload_left_, input.size());
    payload_ = {input.begin, size};
    payload_left_ -= static_cast<std::uint32_t>(size);
    input.begin += size;
    return Step::payload;
}

Codec::Step Codec::fail(const Fault& fault) {
    fault_ = fault;
    return Step::failed;
}

Fault Codec::parse(Version of_publish) {
    const PacketType type = packet_.head.type;
    if (type == PacketType::publish) return parse_publish(of_publish, packet_.head, packet_.body, packet_.publish);
    if (sender_ == Sender::client) return {};
    switch (type) {
        case PacketType::connack:
            return parse_connack(version_, packet_.body, packet_.connack);
        case PacketType::puback:
        case PacketType::pubrec:
        case PacketType::pubrel:
        case PacketType::pubcomp:
            return parse_ack(version_, type, packet_.body, packet_.ack);
        case PacketType::suback:
        case PacketType::unsuback:
            return check_subscription_ack(version_, type, packet_.body);
        case PacketType::disconnect:
        case PacketType::auth:
            return parse_farewell(type, packet_.body, packet_.farewell);
        default:
            return {};
    }
}

}  // namespace millrace::mqtt
