#pragma once

#include <atomic>
#include <cstring>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "millrace/abi.h"
#include "millrace/detail/bytes.hpp"
#include "millrace/detail/parsed.hpp"
#include "millrace/detail/pool.hpp"
#include "millrace/detail/wire.hpp"
#include "millrace/v1/message.pb.h"

// (The names of the SDK stand in an inline namespace, so that they never meet the gateway's in one test program.)
namespace millrace::inline sdk {

enum class Kind : std::uint32_t { connect = 1, message = 2, disconnect = 3, timer = 4, receipt = 5, gap = 6 };

// Why a scope closed; schemas/millrace/v1/message.proto has the meaning of each.
enum class Reason : std::uint32_t { none, peer, lost, idle, protocol_error, policy, drain, consumer };

// What became of a command that asked for it.
struct Receipt {
    std::uint64_t correlation = 0;  // the command's

    // of a group command
    std::uint64_t members = 0;  // those of the group when it was delivered
    std::uint64_t taken = 0;    // those of them that it was put in line for
    std::uint64_t dropped = 0;  // those that had no room

    // of what was sent to an adapter's address
    std::uint32_t outcome =
        0;                   // MILLRACE_SENT, MILLRACE_REJECTED, MILLRACE_LOST, MILLRACE_UNSURE; 0 for a group command
    std::uint32_t code = 0;  // in the terms of the protocol, 0 for none
    std::string_view text = {};  // for people; valid as long as the event

    bool operator==(const Receipt&) const = default;
};

namespace detail {

// What the handlers of one instance, and the messages they get, share.
struct Delivery {
    const millrace_consumer_host* host = nullptr;
    std::atomic<millrace_id> stopped = 0;  // The delivery that was told to end.
};

}  // namespace detail

// One event of a scope, as a handler gets it.
//
// Cost       A Message that a handler is given is a view: it costs nothing, and neither do text(), data() and the
//            numbers. attribute() and what is of groups scan the fields before the payload. message() parses the whole,
//            once, on first use.
// Lifetime   A view, and what text() and data() show, ends with the handler. A copy owns its bytes (one allocation), so
//            it may be kept, moved to a coroutine or to another thread; what it shows lives as long as it does.
// Thread     One at a time; stop_requested() may be asked from any thread while the handler runs.
// Errors     What should be impossible (a message that cannot be parsed) is thrown; uncaught, it ends the delivery in
//            retry.
class Message {
  public:
    // Made by the SDK: a view of an event of the border.
    Message(const millrace_event& event, const detail::Delivery& delivery) : event_(&event), delivery_(&delivery) {}

    Message(const Message& other) : event_(copy(*other.event_)), delivery_(other.delivery_), is_copy_(true) {}

    Message(Message&& other) noexcept
        : event_(other.event_), delivery_(other.delivery_), parsed_(std::move(other.parsed_)),
          is_copy_(std::exchange(other.is_copy_, false)) {}

    Message& operator=(Message other) noexcept {
        std::swap(event_, other.event_), std::swap(delivery_, other.delivery_);
        std::swap(parsed_, other.parsed_), std::swap(is_copy_, other.is_copy_);
        return *this;
    }

    ~Message() {
        if (is_copy_) detail::Pool::release(const_cast<millrace_event*>(event_), copy_size(*event_));
    }

    Kind kind() const { return static_cast<Kind>(event_->kind); }

    // Why the scope closed; `none` in all but a disconnect.
    Reason reason() const { return static_cast<Reason>(event_->reason); }

    bool is_text() const { return event_->payload_kind == MILLRACE_TEXT; }

    // The text; empty where the payload is none. Of a timer: its name.
    std::string_view text() const { return is_text() ? detail::view(event_->payload) : std::string_view(); }

    // The payload's bytes, be it text or data.
    std::span<const std::byte> data() const {
        return std::as_bytes(std::span(event_->payload.data, static_cast<std::size_t>(event_->payload.size)));
    }

    // What belongs to the message beside its payload, such as a mail as it came: its protocol's part of the schema says
    // what. Ends with the delivery, also of a copy.
    std::span<const std::byte> body() const {
        return std::as_bytes(std::span(event_->body.data, static_cast<std::size_t>(event_->body.size)));
    }

    // What a route can match on, and what it has captured: the path of a WebSocket, `{room}`. Empty where there is
    // none.
    std::string_view attribute(std::string_view key) const {
        std::optional<std::string_view> value = detail::find_attribute(detail::view(event_->event), key);
        if (!value) value = detail::find_attribute(detail::view(event_->scope), key);
        return value.value_or(std::string_view());
    }

    // The group that this message was sent to; empty where it is of the scope's own peer.
    std::string_view group() const { return field(v1::ChannelMessage::kGroupFieldNumber).value; }

    // The scope's key: `alice` of the channel `bank:alice`; of a connection what its adapter calls it.
    std::string_view scope() const {
        return detail::find_field(detail::view(event_->scope), v1::ChannelMessage::kScopeFieldNumber).value;
    }

    // Which consumer sent it, of which scope: `chatroom@web:1f-3`, or `bank:alice` where that is a channel. Empty where
    // it is of the scope's own peer.
    std::string_view sender() const { return field(v1::ChannelMessage::kSenderFieldNumber).value; }

    // What the command that sent it said; of an answer, what the question said.
    std::uint64_t correlation() const { return field(v1::ChannelMessage::kCorrelationFieldNumber).integer; }

    // How many messages of groups were lost before this gap; 0 in all but a gap.
    std::uint64_t lost() const {
        const std::string_view gap = field(v1::ChannelMessage::kGapFieldNumber).value;
        return detail::find_field(gap, v1::Gap::kLostFieldNumber).integer;
    }

    // What a receipt says; zeros in all but a receipt.
    Receipt receipt() const {
        using Fields = v1::Receipt;
        const std::string_view receipt = field(v1::ChannelMessage::kReceiptFieldNumber).value;
        const auto count = [&](std::uint64_t number) { return detail::find_field(receipt, number).integer; };
        return {correlation(),
                count(Fields::kMembersFieldNumber),
                count(Fields::kTakenFieldNumber),
                count(Fields::kDroppedFieldNumber),
                static_cast<std::uint32_t>(count(Fields::kOutcomeFieldNumber)),
                static_cast<std::uint32_t>(count(Fields::kCodeFieldNumber)),
                detail::find_field(receipt, Fields::kTextFieldNumber).value};
    }

    // Counts the events of this opening of the scope; the connect is 0.
    std::uint64_t order() const { return event_->order; }

    // Counts what this consumer got of the scope, from 0, without gaps.
    std::uint64_t seq() const { return event_->seq; }

    // 1 at first; above that, an earlier attempt may have been seen.
    std::uint32_t attempt() const { return event_->attempt; }

    // Has this delivery been told to end (the scope has closed, the time is up)? For handlers that take long.
    bool stop_requested() const { return delivery_->stopped.load(std::memory_order_relaxed) == event_->token; }

    // The whole event, with everything that its protocol has: headers, addresses, close codes.
    const v1::ChannelMessage& message() const {
        if (!parsed_) parsed_ = detail::Parsed(*event_);
        return *parsed_;
    }

    // The whole event as JSON, in the proto3 mapping with the field names of the schema. The gateway makes it.
    std::string json() const {
        std::string result;
        const auto write = [](void* context, millrace_bytes bytes) {
            static_cast<std::string*>(context)->append(detail::view(bytes));
        };
        const millrace_sink sink{sizeof(millrace_sink), 0, &result, write};
        const millrace_host* host = delivery_->host->common;
        if (host->to_json(host->self, event_, &sink) != MILLRACE_OK) {
            throw std::runtime_error("the gateway cannot write this message as JSON");
        }
        return result;
    }

  private:
    detail::WireReader::Field field(std::uint64_t number) const {
        return detail::find_field(detail::view(event_->event), number);
    }

    static std::size_t copy_size(const millrace_event& event) {
        return sizeof(millrace_event) + event.scope.size + event.event.size + event.payload.size;
    }

    // The event and its three pieces, one after the other in one block.
    static const millrace_event* copy(const millrace_event& event) {
        auto* block = static_cast<std::uint8_t*>(detail::Pool::allocate(copy_size(event)));
        auto* result = new (block) millrace_event(event);
        std::uint8_t* end = block + sizeof(millrace_event);
        for (millrace_bytes* piece : {&result->scope, &result->event, &result->payload}) {
            if (piece->size != 0) std::memcpy(end, piece->data, piece->size);
            piece->data = end;
            end += piece->size;
        }
        return result;
    }

    const millrace_event* event_;
    const detail::Delivery* delivery_;
    mutable detail::Parsed parsed_;
    bool is_copy_ = false;
};

}  // namespace millrace::inline sdk
