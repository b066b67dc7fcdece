#pragma once

#include <algorithm>
#include <chrono>
#include <exception>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "millrace/message.hpp"
#include "millrace/v1/command.pb.h"

namespace millrace::inline sdk {

// What became of a command, known at once.
//
// `full` needs no care, but after one that begins with try_: the delivery then ends in retry, whatever the handler
// still does, and waits for the target's room. After the others the handler goes on; it may look at the answer, or
// leave it to the gateway's counters.
enum class Sent : std::int32_t {
    taken = MILLRACE_TAKEN,
    full = MILLRACE_FULL,
    too_large = MILLRACE_TOO_LARGE,      // larger than the target will ever take
    unknown = MILLRACE_UNKNOWN,          // no such address, or the scope is closed
    not_allowed = MILLRACE_NOT_ALLOWED,  // not to this address (`may_send`), not in this event, not from this thread,
                                         // or the delivery has ended
};

enum class Level : std::int32_t { debug = MILLRACE_LOG_DEBUG, info, warn, error };

struct Header {
    std::string_view name;
    std::string_view value;
};

// How a group command is meant.
struct GroupOptions {
    bool not_self = false;          // every member but this instance
    bool reported = false;          // on_receipt() hears what came of it
    std::uint64_t correlation = 0;  // comes with the receipt, and with what the members get
};

// What a reply has beside its text.
struct ReplyOptions {
    std::string_view title{};  // for protocols that have titles, as a mail its subject; others leave it out
    std::string_view body{};   // a serialised millrace.v1.Command with what only the protocol has
};

// How something is sent to an address.
struct SendOptions {
    std::uint64_t correlation = 0;  // comes with it, and back with its answer
    bool asks = false;              // an answer is expected: its place is kept free here
    bool tries = false;             // `full` is the handler's to judge, and nothing has happened
    bool reported = false;          // to an adapter's address: on_receipt() hears what came of it
    std::string_view title{};       // for protocols that have titles, as a mail its subject; others leave it out
    std::string_view body{};        // a serialised millrace.v1.Command with what only the protocol has
};

namespace detail {

class Runner;

// For the instance that is being made on this thread, so that a constructor may log and read its state.
struct Opening {
    const millrace_consumer_host* host = nullptr;
    std::string_view state;
};
inline thread_local Opening opening;

}  // namespace detail

// What a handler can do: the calls that every consumer inherits.
//
// Outbox   Whatever is sent, group commands, timers and the close are recorded and leave together, in their order, when
//          the handler has succeeded; if it ends in retry or reject, none of them does. Their bytes are copied at once.
// State    The same holds for set_state(): what a handler has set counts when it has succeeded, else it is undone.
// Verdict  A handler that returns has succeeded. retry() and reject() say otherwise, the last of them counts; the
//          handler should return soon after. A handler that throws ends in retry, with the exception's text. After a
//          retry the instance is discarded, and the event comes again to a new one.
// Groups   A group is a name. Whoever joins it is a member until it leaves or its scope ends. Members are looked up
//          when a command is delivered; there is no replay. A member without room loses the message, and gets one
//          on_gap() for all that it has lost.
// Address  `bank:alice` is the channel `alice` of the consumer `bank`: a scope that what is sent to it opens, and that
//          is closed when nothing has come for a while, its state kept. `web:1f-3` is the peer of that scope of the
//          adapter `web`, `plant:alerts/1` a topic of the adapter `plant`: adapters' READMEs say what theirs are. A
//          consumer may send to its own channels; to others only where the configuration lets it.
// Thread   All but log() and now(): only in the handler itself, not in offloaded work and not in a thread of one's own.
class Handler {
  public:
    Handler(const Handler&) = delete;
    Handler& operator=(const Handler&) = delete;
    virtual ~Handler() = default;

  protected:
    Handler() : state_(detail::opening.state) { delivery_.host = detail::opening.host; }

    // To the scope's peer, whatever protocol it speaks. Where each message says where its answer goes (MQTT's response
    // topic, a mail's sender), it goes there; `unknown` where it does not say.
    Sent reply(std::string_view text) { return record(MILLRACE_REPLY, MILLRACE_TEXT, 0, text); }
    Sent reply(std::string_view text, const ReplyOptions& options) {
        return record(MILLRACE_REPLY, MILLRACE_TEXT, 0, text, with_title(options.body, options.title));
    }
    Sent reply_data(std::string_view bytes) { return record(MILLRACE_REPLY, MILLRACE_DATA, 0, bytes); }
    Sent reply_data(std::span<const std::byte> bytes) { return reply_data(detail::view(bytes)); }

    // The payload of a message, text as text and data as data.
    Sent reply(const Message& message) {
        return record(MILLRACE_REPLY, kind_of(message), 0, detail::view(message.data()));
    }

    // As reply(), but where there is no room, `full` is the handler's to judge and nothing has happened.
    Sent try_reply(std::string_view text) { return record_try(MILLRACE_TEXT, text); }
    Sent try_reply_data(std::string_view bytes) { return record_try(MILLRACE_DATA, bytes); }
    Sent try_reply(const Message& message) { return record_try(kind_of(message), detail::view(message.data())); }

    // To an address. What is sent to a channel is an on_message() there.
    Sent send(std::string_view address, std::string_view text, const SendOptions& options = {}) {
        return record_sent(MILLRACE_SEND, MILLRACE_TEXT, address, text, options);
    }
    Sent send_data(std::string_view address, std::string_view bytes, const SendOptions& options = {}) {
        return record_sent(MILLRACE_SEND, MILLRACE_DATA, address, bytes, options);
    }
    Sent send(std::string_view address, const Message& message, const SendOptions& options = {}) {
        return record_sent(MILLRACE_SEND, kind_of(message), address, detail::view(message.data()), options);
    }

    // To the consumer that has sent this event, with the event's correlation; `unknown` where it has come from outside.
    // A consumer never waits for an answer: it gets an on_message().
    Sent answer(std::string_view text, const SendOptions& options = {}) {
        return record_sent(MILLRACE_ANSWER, MILLRACE_TEXT, {}, text, options);
    }
    Sent answer_data(std::string_view bytes, const SendOptions& options = {}) {
        return record_sent(MILLRACE_ANSWER, MILLRACE_DATA, {}, bytes, options);
    }

    // on_timer() comes after this time with that name, unless the scope ends before. Setting it again moves it. At most
    // 64 at a time; above that it is `full`.
    Sent after(std::chrono::microseconds time, std::string_view name) {
        const auto delay_us = static_cast<std::uint64_t>(std::max<std::int64_t>(time.count(), 0));
        return record({.verb = MILLRACE_AFTER, .payload_kind = MILLRACE_TEXT, .payload = name, .delay_us = delay_us});
    }
    Sent cancel(std::string_view name) {
        return record({.verb = MILLRACE_NEVER, .payload_kind = MILLRACE_TEXT, .payload = name});
    }

    // This instance becomes a member of the group, or is none any more. A name has 1 to 200 bytes; others are
    // not_allowed. Joining twice is joining once.
    Sent join(std::string_view group) { return record_group(MILLRACE_JOIN, MILLRACE_NO_PAYLOAD, group, {}, {}); }
    Sent leave(std::string_view group) { return record_group(MILLRACE_LEAVE, MILLRACE_NO_PAYLOAD, group, {}, {}); }

    // on_message() of every member gets this. The sender need not be a member.
    Sent group_send(std::string_view group, std::string_view text, const GroupOptions& options = {}) {
        return record_group(MILLRACE_GROUP_SEND, MILLRACE_TEXT, group, text, options);
    }
    Sent group_send_data(std::string_view group, std::string_view bytes, const GroupOptions& options = {}) {
        return record_group(MILLRACE_GROUP_SEND, MILLRACE_DATA, group, bytes, options);
    }
    Sent group_send(std::string_view group, const Message& message, const GroupOptions& options = {}) {
        return record_group(MILLRACE_GROUP_SEND, kind_of(message), group, detail::view(message.data()), options);
    }

    // The peer of every member gets this; no handler runs. The cheapest way to tell many the same.
    Sent group_reply(std::string_view group, std::string_view text, const GroupOptions& options = {}) {
        return record_group(MILLRACE_GROUP_REPLY, MILLRACE_TEXT, group, text, options);
    }
    Sent group_reply_data(std::string_view group, std::string_view bytes, const GroupOptions& options = {}) {
        return record_group(MILLRACE_GROUP_REPLY, MILLRACE_DATA, group, bytes, options);
    }
    Sent group_reply(std::string_view group, const Message& message, const GroupOptions& options = {}) {
        return record_group(MILLRACE_GROUP_REPLY, kind_of(message), group, detail::view(message.data()), options);
    }

    // What this handler has set, or else what the last handler of this scope that succeeded has left; empty at first.
    // It outlives the instance, and ends with the scope; that of a channel is kept for the consumer's `state_ttl`. To
    // be read in the constructor too. Valid until the next set_state(), and not after the handler.
    std::string_view state() const { return has_new_state_ ? new_state_ : state_; }

    // Throws where it is larger than 1 MiB, or the delivery has ended.
    void set_state(std::string_view bytes) {
        const millrace_consumer_host* host = delivery_.host;
        if (host->set_state(host->self, token_, detail::bytes(bytes)) != MILLRACE_OK)
            throw std::length_error("the state cannot be kept: it is too large, or the delivery has ended");
        new_state_ = bytes;
        has_new_state_ = true;
    }

    // Nothing is left behind.
    void forget() { set_state({}); }

    // In on_connect: the connection is welcome, with one of the subprotocols it offered and with further headers. A
    // handler that says nothing accepts plainly.
    Sent accept(std::string_view subprotocol, const std::vector<Header>& headers = {}) {
        v1::Command command;
        v1::WebSocketAccept& accept = *command.mutable_websocket_accept();
        accept.set_subprotocol(std::string(subprotocol));
        for (const Header& header : headers) {
            v1::WebSocket::Header& added = *accept.add_headers();
            added.set_name(std::string(header.name));
            added.set_value(std::string(header.value));
        }
        return record(MILLRACE_REPLY, MILLRACE_NO_PAYLOAD, 0, {}, command.SerializeAsString());
    }

    // In on_connect: the connection is not wanted. `status` is in the terms of the protocol, an HTTP status for a
    // WebSocket. It is a reject(), by the name that fits.
    void refuse(std::uint32_t status = 403, std::string_view text = {}) { reject(status, text); }

    // Closes the scope after what was sent to it. 0 is the protocol's usual code.
    Sent close(std::uint32_t code = 0, std::string_view reason = {}) {
        return record(MILLRACE_CLOSE, MILLRACE_NO_PAYLOAD, code, reason);
    }

    // The event is to come again later.
    void retry(std::string_view text) { conclude(MILLRACE_RETRY, 0, text); }

    // The event is to come never again. Where the sender can be told, it gets code and text.
    void reject(std::uint32_t code, std::string_view text) { conclude(MILLRACE_REJECT, code, text); }

    // A line in the gateway's log, with the consumer's name. From any thread.
    void log(Level level, std::string_view text) const {
        const millrace_host* host = delivery_.host->common;
        host->log(host->self, static_cast<std::int32_t>(level), detail::bytes(text));
    }

    // The time of day; in tests, the test's. From any thread.
    std::chrono::system_clock::time_point now() const {
        const millrace_host* host = delivery_.host->common;
        const std::chrono::microseconds since_epoch(host->now_us(host->self));
        return std::chrono::system_clock::time_point(
            std::chrono::duration_cast<std::chrono::system_clock::duration>(since_epoch));
    }

  private:
    friend class detail::Runner;

    static std::uint32_t kind_of(const Message& message) { return message.is_text() ? MILLRACE_TEXT : MILLRACE_DATA; }

    struct Recorded {
        std::uint32_t verb = 0;
        std::uint32_t payload_kind = MILLRACE_NO_PAYLOAD;
        std::uint32_t code = 0;
        std::string_view payload = {};
        std::string_view body = {};
        std::string_view address = {};
        std::uint32_t flags = 0;
        std::uint64_t correlation = 0;
        std::uint64_t delay_us = 0;
    };

    Sent record(const Recorded& recorded) {
        const millrace_command command{sizeof(millrace_command),
                                       recorded.verb,
                                       recorded.payload_kind,
                                       recorded.code,
                                       detail::bytes(recorded.payload),
                                       detail::bytes(recorded.body),
                                       detail::bytes(recorded.address),
                                       recorded.flags,
                                       0,
                                       recorded.correlation,
                                       recorded.delay_us};
        return static_cast<Sent>(delivery_.host->record(delivery_.host->self, token_, &command));
    }

    Sent record(std::uint32_t verb, std::uint32_t payload_kind, std::uint32_t code, std::string_view payload,
                std::string_view body = {}) {
        return record({.verb = verb, .payload_kind = payload_kind, .code = code, .payload = payload, .body = body});
    }

    Sent record_try(std::uint32_t payload_kind, std::string_view payload) {
        return record(
            {.verb = MILLRACE_REPLY, .payload_kind = payload_kind, .payload = payload, .flags = MILLRACE_TRY});
    }

    Sent record_sent(std::uint32_t verb, std::uint32_t payload_kind, std::string_view address, std::string_view payload,
                     const SendOptions& options) {
        const std::uint32_t flags = (options.asks ? MILLRACE_ASKS : 0) | (options.tries ? MILLRACE_TRY : 0) |
                                    (options.reported ? MILLRACE_REPORTED : 0);
        return record({.verb = verb,
                       .payload_kind = payload_kind,
                       .payload = payload,
                       .body = with_title(options.body, options.title),
                       .address = address,
                       .flags = flags,
                       .correlation = options.correlation});
    }

    static std::string with_title(std::string_view body, std::string_view title) {
        std::string whole(body);
        if (title.empty()) return whole;
        v1::Command command;
        command.set_title(std::string(title));
        return whole + command.SerializeAsString();
    }

    Sent record_group(std::uint32_t verb, std::uint32_t payload_kind, std::string_view group, std::string_view payload,
                      const GroupOptions& options) {
        const std::uint32_t flags =
            (options.not_self ? MILLRACE_NOT_SELF : 0) | (options.reported ? MILLRACE_REPORTED : 0);
        return record({.verb = verb,
                       .payload_kind = payload_kind,
                       .payload = payload,
                       .address = group,
                       .flags = flags,
                       .correlation = options.correlation});
    }

    // The last event has succeeded, or not.
    void settle_state(bool is_kept) {
        std::string left = std::exchange(new_state_, {});
        if (is_kept) state_ = std::move(left);
        has_new_state_ = false;
    }

    void conclude(std::uint32_t verdict, std::uint32_t code, std::string_view text) {
        verdict_ = verdict, code_ = code, text_ = text;
    }

    detail::Delivery delivery_;
    millrace_id token_ = 0;  // Of the open delivery.
    std::uint32_t verdict_ = MILLRACE_ACK;
    std::uint32_t code_ = 0;
    bool has_new_state_ = false;  // This one wants to leave something:
    std::string new_state_;
    std::string text_;
    std::string state_;  // What handlers that have succeeded have left.
};

namespace detail {

// Takes a handler from one event to the next: begins a delivery, ends it with what the handler has concluded.
class Runner {
  public:
    explicit Runner(Handler& handler) : handler_(handler) {}

    const Delivery& delivery() const { return handler_.delivery_; }

    void begin(millrace_id token) {
        handler_.token_ = token;
        handler_.verdict_ = MILLRACE_ACK;
    }

    // To be called in a catch block.
    void fail() noexcept {
        try {
            throw;
        } catch (const std::exception& error) {
            handler_.conclude(MILLRACE_RETRY, 0, error.what());
        } catch (...) {
            handler_.conclude(MILLRACE_RETRY, 0, "the handler threw something that is no std::exception");
        }
    }

    // Completes the delivery. Returns whether the instance may have the next event.
    bool finish() noexcept {
        const bool is_ack = handler_.verdict_ == MILLRACE_ACK;
        const millrace_outcome outcome{sizeof(outcome), handler_.verdict_, is_ack ? 0 : handler_.code_, 0,
                                       is_ack ? millrace_bytes{} : bytes(handler_.text_)};
        const millrace_consumer_host* host = handler_.delivery_.host;
        const millrace_id token = std::exchange(handler_.token_, 0);
        const bool may_go_on = host->complete(host->self, token, &outcome) == MILLRACE_OK;
        if (handler_.has_new_state_) handler_.settle_state(is_ack && may_go_on);
        return may_go_on;
    }

    // Starts an operation within the open delivery. Returns whether it was started.
    bool start_op(std::uint32_t kind, std::uint64_t arg, millrace_id& operation) const {
        const Delivery& delivery = handler_.delivery_;
        if (delivery.stopped.load(std::memory_order_relaxed) == handler_.token_) return false;
        return delivery.host->start_op(delivery.host->self, handler_.token_, kind, arg, &operation) == MILLRACE_OK;
    }

    // The delivery ought to end. Thread: any.
    void stop(millrace_id token) noexcept { handler_.delivery_.stopped.store(token, std::memory_order_relaxed); }

  private:
    Handler& handler_;
};

}  // namespace detail
}  // namespace millrace::inline sdk
