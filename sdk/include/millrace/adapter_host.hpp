#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "millrace/abi.h"
#include "millrace/detail/bytes.hpp"

// What an adapter and the gateway are to each other, scope by scope: adapter.hpp has the rules.
namespace millrace::inline sdk {

// A command that leaves for the peer of a scope.
struct Outgoing {
    std::uint32_t payload_kind;  // MILLRACE_NO_PAYLOAD, MILLRACE_TEXT, MILLRACE_DATA
    std::string_view payload;
    std::string_view body;        // a serialised millrace.v1.Command, usually empty
    std::string_view address;     // where to, where that is not the scope's own peer
    std::uint32_t hops;           // for protocols that carry them
    std::uint64_t receipt;        // not 0: AdapterHost::outcome is to be called for it, once
    std::uint64_t id = 0;         // not 0: the same whenever this command comes again
    std::string_view asker{};     // who waits for the receipt, for Report::asker: to be kept, also over a restart
    std::string_view asked_in{};  // the key of this adapter's scope that it asks from; empty: from elsewhere
};

// The answer to CONNECT.
class Answer {
  public:
    explicit Answer(const millrace_settlement& settlement) : settlement_(settlement) {}

    std::uint32_t verdict() const { return settlement_.verdict; }  // MILLRACE_ACK, MILLRACE_RETRY, MILLRACE_REJECT
    std::uint32_t code() const { return settlement_.code; }        // MILLRACE_REJECT: 0 for none
    std::string_view text() const;

    // MILLRACE_ACK: what the consumers answered, in order.
    std::uint32_t reply_count() const { return settlement_.reply_count; }
    Outgoing reply(std::uint32_t index) const;

  private:
    const millrace_settlement& settlement_;
};

// One conversation, as the gateway sees it. All of it is called on the scope's loop.
class Scope {
  public:
    // The answer to CONNECT; perhaps before AdapterHost::open has returned.
    virtual void settled(const Answer& answer) = 0;
    // Commands come in order.
    virtual void send(const Outgoing& command) = 0;
    // How the message that was submitted with `cookie` ended, on a route of class `acked`. For protocols that tell.
    virtual void settled(std::uint64_t cookie, std::uint32_t verdict, std::uint32_t code, std::string_view text) {
        (void)cookie, (void)verdict, (void)code, (void)text;
    }
    // To be closed for `reason` (MILLRACE_REASON_...), after what was sent. Never during submit.
    virtual void close(std::uint32_t reason, std::uint32_t code, std::string_view text) = 0;
    // There is room again after a submit that took less than all. Never during submit.
    virtual void resume() = 0;

  protected:
    ~Scope() = default;
};

// An I/O thread that the gateway runs handlers on.
class Loop {
  public:
    // [any thread] Have the loop's thread call AdapterHost::run soon. Does not block.
    virtual void wake() noexcept = 0;

  protected:
    ~Loop() = default;
};

struct ScopeSpec {
    std::string_view key;                            // unique within the adapter
    std::span<const millrace_attribute> attributes;  // of the match keys, those that it has
    std::string_view fields;                         // serialised ChannelMessage fields of all its events
    std::uint64_t send_bytes_max;                    // what may wait for the peer; replies above it are refused
    std::uint32_t flags = 0;                         // MILLRACE_ADDRESSES, MILLRACE_REPLY_TO
    std::uint32_t settle_deadline_ms = 0;            // `acked` messages that fail after it are not tried again; 0: none
    millrace_id routes = 0;                          // of a probe: routed by the configuration that has answered it
};

// What became of a command that was sent with a receipt.
struct Report {
    std::uint64_t receipt = 0;
    std::uint32_t outcome = 0;  // MILLRACE_SENT, ...; 0 in a final one: nothing more will be said.
    std::uint32_t code = 0;     // The protocol's.
    std::string_view text{};    // For people.
    std::string_view fields{};  // Serialised ChannelMessage fields of the RECEIPT: the body.
    bool is_final = true;       // Else another one follows.
    // Not empty, and then `receipt` is 0: of an Outgoing, perhaps of one before a restart. `scope` is open now, with
    // the key that was its `asked_in`; 0: it had none, or the adapter cannot open that.
    std::string_view asker{};
    millrace_id scope = 0;
};

// A message that its sender was said yes to, and that no consumer will have.
struct Letter {
    std::string_view key;        // Of the scope that it would have been of.
    std::uint32_t payload_kind;  // MILLRACE_TEXT or MILLRACE_DATA
    std::string_view payload;
    std::string_view fields;  // Serialised ChannelMessage fields: the body.
    std::string_view reason;  // A word by which a person finds it: `unmatched`, `unreadable`.
    std::string_view text;    // Why, for people.
};

// What the routes say to a message of which not all is known yet.
struct Probe {
    std::int32_t answer;  // MILLRACE_PROBE_NO, MILLRACE_PROBE_MAYBE, MILLRACE_PROBE_YES, MILLRACE_PROBE_LATER
    millrace_id routes;   // MAYBE, YES: those that may take it and deliver; equal ids are equal routes. To be released.
};

// Text as the border carries it, and back.
using detail::bytes;
using detail::view;

namespace detail {

inline Outgoing outgoing(const millrace_send& send) {
    return {send.payload_kind, view(send.payload), view(send.body),    view(send.address), send.hops, send.receipt,
            send.id,           view(send.asker),   view(send.asked_in)};
}

}  // namespace detail

// What the gateway offers. A handle, freely copied; valid until the adapter's destructor has returned. Calls that take
// a loop or a scope are made on that loop's thread.
class AdapterHost {
  public:
    explicit AdapterHost(const millrace_adapter_host* table) : table_(table) {}

    // [any thread] A line in the gateway's log; `level` is MILLRACE_LOG_...
    void log(std::int32_t level, std::string_view text) const {
        table_->common->log(table_->common->self, level, bytes(text));
    }
    // [any thread] Microseconds since 1970-01-01 UTC.
    std::int64_t now_us() const { return table_->common->now_us(table_->common->self); }

    // [any thread] A number of the adapter's own, for the metrics: millrace_plugin_gauge{plugin, name}.
    void gauge(std::string_view name, double value) const {
        table_->common->gauge(table_->common->self, bytes(name), value);
    }

    // [any thread] What keeps the adapter from its work from now on, in words for people, for `status` and the metric
    // millrace_adapter_degraded; empty: nothing does any more.
    void degraded(std::string_view why) const { table_->degraded(table_->self, bytes(why)); }

    // Makes the calling thread a loop. Null: refused. `loop` stays valid until detach.
    millrace_loop* attach(Loop& loop) const {
        millrace_loop* attached = nullptr;
        return table_->loop_attach(table_->self, &loop, &attached) == MILLRACE_OK ? attached : nullptr;
    }
    // Runs what has become due on the loop, for a short turn. To be called soon after wake.
    void run(millrace_loop* loop) const { table_->loop_run(table_->self, loop); }
    void detach(millrace_loop* loop) const { table_->loop_detach(table_->self, loop); }

    // -> MILLRACE_OPENED (then *id names the scope), MILLRACE_UNMATCHED, MILLRACE_DRAINING, MILLRACE_NO_SLOT; where it
    // asks for that by a flag, MILLRACE_DROPPED
    std::int32_t open(millrace_loop* loop, Scope& scope, const ScopeSpec& spec, millrace_id* id) const {
        const millrace_scope_spec border{sizeof border,
                                         static_cast<std::uint32_t>(spec.attributes.size()),
                                         &scope,
                                         bytes(spec.key),
                                         spec.attributes.data(),
                                         bytes(spec.fields),
                                         spec.send_bytes_max,
                                         spec.flags,
                                         spec.settle_deadline_ms,
                                         spec.routes};
        return table_->scope_open(table_->self, loop, &border, id);
    }
    // Before there is a scope: would a MESSAGE with these attributes be delivered? `unknown` names the match keys whose
    // values come later; what is in neither is absent, and what the message says itself is never known. Where the
    // protocol gives one answer for several recipients, they have to have the same `routes`. Open the scope with these,
    // and no reload comes between this answer and the message. Each answer with `routes` is released once: by then the
    // scope is open, or will not be.
    Probe probe(millrace_loop* loop, std::span<const millrace_attribute> attributes,
                std::span<const millrace_bytes> unknown = {}) const {
        const millrace_probe border{sizeof border,  static_cast<std::uint32_t>(attributes.size()), attributes.data(),
                                    unknown.data(), static_cast<std::uint32_t>(unknown.size()),    0};
        Probe answer{MILLRACE_PROBE_NO, 0};
        answer.answer = table_->probe(table_->self, loop, &border, &answer.routes);
        return answer;
    }
    void release(millrace_id routes) const { table_->routes_release(table_->self, routes); }

    // The outside ended it, for `reason`; `fields` are serialised ChannelMessage fields of the DISCONNECT.
    void close(millrace_id scope, std::uint32_t reason, std::string_view fields) const {
        table_->scope_close(table_->self, scope, reason, bytes(fields));
    }
    // Returns how many were taken. Less than all: stop reading until resume, then offer the rest again. `results`, one
    // for each event, gets MILLRACE_SETTLED, MILLRACE_PENDING or MILLRACE_NOWHERE of those that were taken.
    std::uint32_t submit(millrace_id scope, std::span<const millrace_submission> events,
                         std::uint8_t* results = nullptr) const {
        return table_->submit(table_->self, scope, events.data(), static_cast<std::uint32_t>(events.size()),
                              sizeof(millrace_submission), results);
    }
    // Bytes of what was sent (payload and body) have left, or never will: they no longer count against send_bytes_max.
    void written(millrace_id scope, std::uint64_t bytes) const { table_->written(table_->self, scope, bytes); }

    // Messages of the scope may have been lost before they came here: its consumers get one GAP.
    void gap(millrace_id scope) const { table_->gap(table_->self, scope); }
    // What became of what was sent with a receipt: MILLRACE_SENT, MILLRACE_REJECTED, MILLRACE_LOST or MILLRACE_UNSURE.
    void outcome(millrace_loop* loop, std::uint64_t receipt, std::uint32_t outcome, std::uint32_t code = 0,
                 std::string_view text = {}) const {
        report(loop, {.receipt = receipt, .outcome = outcome, .code = code, .text = text});
    }
    void report(millrace_loop* loop, const Report& report) const {
        const millrace_report border{
            sizeof border,      report.outcome,       report.receipt,      report.code, report.is_final ? 1u : 0u,
            bytes(report.text), bytes(report.fields), bytes(report.asker), report.scope};
        table_->outcome(table_->self, loop, &border);
    }

    // It becomes a dead letter: on the disk where the gateway has a spool, else in memory.
    void bury(millrace_loop* loop, const Letter& letter) const {
        const millrace_letter border{sizeof border,         letter.payload_kind,  bytes(letter.key),
                                     bytes(letter.payload), bytes(letter.fields), bytes(letter.reason),
                                     bytes(letter.text)};
        table_->dead_letter(table_->self, loop, &border);
    }

    // [control] In prepare: a socket that the generation before has kept under this name, for the caller to own; -1:
    // there is none. And in turn keeps one for the generation after, with which it is shared.
    int take_socket(std::string_view name) const { return table_->socket_take(table_->self, bytes(name)); }
    void keep_socket(std::string_view name, int fd) const { table_->socket_keep(table_->self, bytes(name), fd); }

    const millrace_adapter_host* table() const { return table_; }

  private:
    const millrace_adapter_host* table_;
};

inline std::string_view Answer::text() const { return view(settlement_.text); }

inline Outgoing Answer::reply(std::uint32_t index) const {
    const auto* first = reinterpret_cast<const std::uint8_t*>(settlement_.replies);
    const auto& send = *reinterpret_cast<const millrace_send*>(first + std::size_t{index} * settlement_.reply_stride);
    return detail::outgoing(send);
}

}  // namespace millrace::inline sdk
