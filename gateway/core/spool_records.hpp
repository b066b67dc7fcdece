#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/core/body_file.hpp"

// What the spool keeps, as its callers see it. All times are microseconds since 1970-01-01 UTC; 0 where a time may be
// missing. Every id is one of the spool's own, given once and never again; 0 is none.
namespace millrace::spool {

// A message that was accepted. The bytes of what a consumer sees are the lane's `prefix`, `fields` and `payload`, one
// behind the other; and its body.
struct Message {
    std::int64_t id = 0;
    std::string adapter;      // The source: the adapter's name,
    std::string scope;        // and the key of its scope.
    std::string external_id;  // The source's; empty: it has none, and resends are not known again.
    std::string route;
    std::string fields;
    std::string payload;
    std::uint32_t payload_kind = 0;
    std::uint64_t order = 0;
    std::uint32_t hops = 0;
    std::int64_t created_us = 0;
    std::int64_t deadline_us = 0;
    std::string body = {};       // What belongs to it beside the payload,
    BodyFilePtr body_file = {};  // or the file that it is.

    std::string_view body_bytes() const { return body_file ? body_file->bytes() : body; }
    std::size_t size() const { return fields.size() + payload.size() + body_bytes().size(); }
};

// A lane is what one consumer receives of one scope, in order.
struct Lane {
    std::int64_t id = 0;
    std::string consumer;
    std::string scope;        // Its address, `web:1f-3` or `bank:alice`.
    std::string prefix;       // Serialised fields that all its messages share.
    std::uint64_t epoch = 0;  // Of the scope's opening.
    std::uint64_t seq = 0;    // Of the next event.
    std::string state;        // ctx.state()
    std::int64_t state_until_us = 0;
};

// One whose row is damaged: what is on it can only be ended.
inline Lane unknown_lane(std::int64_t id) {
    Lane lane;
    lane.id = id;
    return lane;
}

// A message on its way along a lane. Its `position` orders it there.
struct Delivery {
    std::int64_t position = 0;
    std::uint64_t seq = 0;
    std::uint32_t attempt = 1;  // The one that is next.
    std::uint32_t crashes = 0;  // Attempts that have ended with the process.
    std::int64_t due_us = 0;    // Not before.
    std::int64_t message_id = 0;
};

struct Timer {
    std::string name;
    std::int64_t due_us = 0;
    std::uint32_t hops = 0;
};

// What a handler wants done outside, from its commit until its adapter says how it ended. The id is the same in every
// attempt: a target can know it again.
struct Command {
    std::int64_t id = 0;
    std::int64_t lane = 0;  // Of the handler.
    std::string target;     // An address.
    std::uint64_t correlation = 0;
    std::string bytes;  // The rest of it (departure.hpp).
};

struct Attempt {
    std::uint32_t number = 0;
    std::int64_t at_us = 0;
    std::uint32_t code = 0;  // The consumer's, where it gave one.
    std::string text;        // Why it has failed.
};

// Who was to handle a message when it became a dead letter, and why it did.
struct Obituary {
    std::string reason;  // One word: rejected, attempts, closed, loop, consumer_crash, unmatched, damaged
    std::uint32_t code = 0;
    std::string text;
    std::string version;  // Of the consumer's plugin,
    std::string hash;     // and the SHA-256 of its file.
};

struct DeadLetter {
    std::int64_t id = 0;
    std::int64_t at_us = 0;
    std::string consumer;
    std::string scope;
    std::string route;
    std::string prefix;
    Obituary why;
    std::uint64_t bytes = 0;
    std::uint32_t attempts = 0;
    std::vector<Attempt> history;  // Only where one letter is shown.
    Message message;               // Likewise.
};

// What it does not name lets all through.
struct DeadLetterFilter {
    std::optional<std::string> route = {};
    std::optional<std::string> reason = {};
    std::optional<std::uint32_t> code = {};
    std::optional<std::string> consumer = {};
    std::int64_t since_us = 0;
};

// Some of the dead letters, in the order in which they died.
struct LetterPage {
    std::vector<DeadLetter> letters;  // Those that the filter takes, of the ones that were looked at.
    std::int64_t last = 0;            // The last that was; 0: there are no more.
};

// How one delivery has ended, or that it has not.
struct Ending {
    enum class Kind {
        acked,
        expired,  // Its deadline had passed.
        dropped,
        dead,     // `why` says the rest.
        retry,    // It comes again, not before `due_us`: `code` and `text` of `why` go into its history.
        crashed,  // As retry, after the process has died in its handler.
    };

    std::int64_t position = 0;
    Kind kind = Kind::acked;
    std::int64_t due_us = 0;
    Obituary why;
};

// A row that was not what its checksum says. It is moved aside, and never delivered.
struct Damage {
    std::int64_t id = 0;
    std::int64_t at_us = 0;
    std::string what;  // Which row, and what is wrong with it.
};

}  // namespace millrace::spool
