#pragma once

#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "millrace/abi.h"
#include "millrace/detail/bytes.hpp"
#include "millrace/v1/message.pb.h"

namespace millrace::inline sdk::testing::detail {

using sdk::detail::bytes;
using sdk::detail::view;

// An event of a test, as the gateway would make it.
struct TestEvent {
    millrace_event head{};
    std::string scope;
    std::string event;
    std::string payload;
    std::string sender;
    std::uint64_t correlation = 0;
    std::uint32_t hops = 0;

    TestEvent(std::string_view scope_fields, v1::ChannelMessage::Kind kind, std::uint64_t order, std::int64_t now_us)
        : scope(scope_fields) {
        v1::ChannelMessage fields;
        fields.set_id(order + 1);
        fields.set_kind(kind);
        fields.set_order(order);
        fields.set_received_at_us(static_cast<std::uint64_t>(now_us));
        event = fields.SerializeAsString();
        head.struct_size = sizeof(millrace_event);
        head.kind = static_cast<std::uint32_t>(kind);
        head.order = order;
    }

    void set_payload(std::uint32_t payload_kind, std::string_view bytes) {
        constexpr char kTextTag = 14 << 3 | 2, kDataTag = 15 << 3 | 2;
        head.payload_kind = payload_kind;
        payload = bytes;
        event += payload_kind == MILLRACE_TEXT ? kTextTag : kDataTag;
        std::uint64_t size = bytes.size();
        for (; size >= 0x80; size >>= 7) event += static_cast<char>(size | 0x80);
        event += static_cast<char>(size);
    }

    void set_sender(std::string_view address, std::uint64_t number, std::uint32_t hop_count) {
        v1::ChannelMessage fields;
        fields.set_sender(sender = address);
        fields.set_correlation(correlation = number);
        fields.set_hops(hops = hop_count);
        event += fields.SerializeAsString();
    }

    void set_reason(std::uint32_t reason) {
        v1::ChannelMessage fields;
        fields.set_reason(static_cast<v1::ChannelMessage::Reason>(reason));
        head.reason = reason;
        event += fields.SerializeAsString();
    }
};

// Events as `deliver` gets them: with a stride larger than the struct, and in memory of their own that is gone when the
// call has returned.
class TestBatch {
  public:
    static constexpr std::uint32_t kStride = sizeof(millrace_event) + 32;

    explicit TestBatch(std::size_t count) : events_(std::make_unique<std::uint8_t[]>(count * kStride)) {}

    void add(const TestEvent& event) {
        millrace_event head = event.head;
        head.scope = keep(event.scope), head.event = keep(event.event), head.payload = keep(event.payload);
        std::memcpy(events_.get() + std::size_t{count_++} * kStride, &head, sizeof(head));
    }

    const millrace_event* events() const { return reinterpret_cast<const millrace_event*>(events_.get()); }
    std::uint32_t count() const { return count_; }

  private:
    millrace_bytes keep(std::string_view text) {
        auto& kept = kept_.emplace_back(std::make_unique<std::uint8_t[]>(text.size()));
        if (!text.empty()) std::memcpy(kept.get(), text.data(), text.size());
        return {kept.get(), text.size()};
    }

    std::unique_ptr<std::uint8_t[]> events_;
    std::uint32_t count_ = 0;
    std::vector<std::unique_ptr<std::uint8_t[]>> kept_;
};

inline std::string quoted(std::string_view text) {
    std::string result = "\"";
    for (const char c : text) {
        constexpr char kHex[] = "0123456789abcdef";
        if (c == '"' || c == '\\')
            (result += '\\') += c;
        else if (static_cast<unsigned char>(c) >= 0x20)
            result += c;
        else
            ((result += "\\u00") += kHex[c >> 4]) += kHex[c & 15];
    }
    return result + "\"";
}

// The test's short form of an event as JSON; the gateway's has every field.
inline std::string short_json(const millrace_event& event) {
    constexpr const char* kKinds[] = {"", "CONNECT", "MESSAGE", "DISCONNECT", "TIMER", "RECEIPT", "GAP"};
    std::string result =
        std::string(R"({"kind":")") + kKinds[event.kind] + R"(","order":")" + std::to_string(event.order);
    result += '"';
    if (event.payload_kind == MILLRACE_TEXT) result += R"(,"text":)" + quoted(view(event.payload));
    if (event.payload_kind == MILLRACE_DATA) result += R"(,"data_size":)" + std::to_string(event.payload.size);
    return result + "}";
}

}  // namespace millrace::inline sdk::testing::detail
