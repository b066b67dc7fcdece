#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "adapters/chat/common/loop_guard.hpp"
#include "adapters/chat/common/outgoing_queues.hpp"
#include "adapters/chat/irc/codec.hpp"
#include "adapters/chat/irc/deliveries.hpp"
#include "adapters/chat/irc/session_settings.hpp"
#include "adapters/chat/irc/utterance.hpp"

// The lines that leave. What keeps the connection alive leaves at once; what is said waits its turn at the server's
// pace, each room and each person in a line of its own, and stays there while there is no connection. A message is cut
// into lines as they leave, by what is known then. Not thread-safe.
namespace millrace::chat::irc {

class Outbound {
  public:
    using Push = OutgoingQueues<Utterance>::Push;

    // What the server does with a line of the gateway's.
    struct Relay {
        std::size_t prefix_bytes;  // It puts `:nick!user@host ` of that size before it,
        std::size_t line_bytes;    // and cuts it to that.
        bool takes_tags;
        bool takes_labels;
    };

    Outbound(const SessionSettings& settings, std::int64_t now_ms);

    // At once. What no line can be made of is passed over.
    void write(std::string_view command, std::initializer_list<std::string_view> params);

    // Paced, in turn with what is said.
    Push queue(std::string_view command, std::initializer_list<std::string_view> params, std::int64_t now_ms);

    // `key`: the target, folded. What is wrong with it is its outcome.
    Push say(std::string_view key, Utterance utterance, const Relay& relay, std::int64_t now_ms);
    Push set_topic(std::string_view key, std::string_view room, std::string_view topic, std::uint64_t id,
                   std::int64_t now_ms);

    // Writes what is due.
    void pump(const Relay& relay, std::int64_t now_ms);
    std::optional<std::int64_t> next_ms(std::int64_t now_ms) { return queues_.next_ms(now_ms); }

    // What was begun has failed; the rest waits for the next connection.
    void disconnected();

    // What is said to a room waits until the gateway is in it.
    void hold(std::string_view key, std::int64_t now_ms) { queues_.hold(key, INT64_MAX, now_ms); }
    void release(std::string_view key) { queues_.release(key); }

    // What waits for a target never leaves.
    void drop(std::string_view key, std::string_view why);

    // To be written to the server, and taken off by whoever does.
    std::string& bytes() { return bytes_; }
    // What was said in rooms, line by line, as it has left.
    LoopGuard& guard() { return guard_; }
    Deliveries& deliveries() { return deliveries_; }
    const Deliveries& deliveries() const { return deliveries_; }
    std::size_t waiting() const { return queues_.size(); }
    std::size_t waiting(std::string_view key) const { return queues_.waiting(key); }

    // What begins the text of a PING that is a fence of the deliveries; its number follows.
    static constexpr char kFenceMark = 'm';

    // Above so much that waits to be written nothing that can wait is added.
    static constexpr std::size_t kBytesMax = 64 * 1024;

  private:
    // False: there is more of it.
    bool write_part(const std::string& key, Utterance& item, const Relay& relay, std::int64_t now_ms);
    void write_raw(const std::string& key, const Utterance& item, const Relay& relay, std::int64_t now_ms);
    std::string tags_of(const Utterance& item, const Relay& relay) const;

    const SessionSettings& settings_;
    std::string bytes_;
    OutgoingQueues<Utterance> queues_;
    std::set<std::string> begun_;  // Conversations whose first message has left in part.
    Deliveries deliveries_;
    LoopGuard guard_;
};

}  // namespace millrace::chat::irc
