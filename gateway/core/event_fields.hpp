#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "gateway/core/mailbox.hpp"
#include "gateway/core/router.hpp"

// The fields of a ChannelMessage that the gateway adds, as bytes. Protobuf messages concatenate: the fields that never
// change within a scope are made once, each event appends its own, and the payload's tag and length come last so that
// the payload itself can follow from where it lies. Thread: any.
namespace millrace {

// The most that append_event() adds, without the adapter's own fields.
inline constexpr std::size_t kEventFieldBytesMax = 48;

// What a message takes of a mailbox, at most.
inline std::uint64_t size_with_fields(const millrace_submission& submission) {
    return kEventFieldBytesMax + submission.fields.size + submission.payload.size + submission.body.size;
}

// Fields of one event, the adapter's `fields`, and the head of a payload of `payload_size` bytes.
void append_event(std::string& out, const Event::Head& head, std::uint64_t id, std::int64_t received_at_us,
                  std::string_view fields, std::uint64_t payload_size);

// Changes the order in what append_event() has made of a MESSAGE.
void set_order(std::string& event, std::uint64_t order);

struct ScopeFields {
    std::string_view adapter;
    std::string_view protocol;
    std::string_view scope;
    std::uint64_t epoch = 1;
    std::string_view route;
    std::span<const Attribute> attributes;
    std::span<const Capture> captures;
    std::string_view fields;  // The adapter's.
};

// Fields of what groups bring.
std::string make_group_fields(std::string_view group, std::string_view sender, std::uint64_t correlation);
// Of what one consumer sent to another, behind what is in `out`.
void append_sender(std::string& out, std::string_view sender, std::uint64_t correlation);
// What that has added, of a whole event with its payload.
std::uint64_t correlation_of(std::string_view event);
std::string make_receipt_fields(std::uint64_t correlation, std::uint64_t members, std::uint64_t taken,
                                std::uint64_t dropped);
std::string make_outcome_fields(std::uint64_t correlation, std::uint32_t outcome, std::uint32_t code,
                                std::string_view text);
std::string make_gap_fields(std::uint64_t lost);

// The `reply_to` among the fields of an event, if there is one.
std::optional<std::string_view> find_reply_to(std::string_view fields);

// Whether a serialised Command has what the gateway alone says in one: a refusal.
bool has_refusal(std::string_view command);

// Fields of one message, where each is routed by itself: what it alone is known by; and the route that took it.
std::string make_attributes(std::span<const Attribute> attributes);
void append_route(std::string& out, std::string_view route, std::span<const Capture> captures);

// Fields of every event of a scope.
std::string make_prefix(const ScopeFields& scope);

}  // namespace millrace
