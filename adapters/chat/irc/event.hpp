#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/chat/irc/deliveries.hpp"
#include "adapters/chat/irc/ending.hpp"
#include "adapters/chat/irc/utterance.hpp"

// What a session tells. Views are borrowed for the call; texts are bytes as the server sent them (encoding.hpp), but
// for names, ids and accounts, which are too, and which normalise.hpp makes UTF-8.
namespace millrace::chat::irc {

struct Person {
    std::string_view nick{};
    std::string_view id{};  // The nick, folded.
    std::string_view user{};
    std::string_view host{};
    std::string_view account{};
    std::string_view real_name{};
    std::string_view roles{};
};

// Something that happened in a room, or between the gateway and one person.
struct Event {
    enum class Kind { message, joined, left, quit, removed, renamed, topic };

    Kind kind = Kind::message;
    Said said = Said::text;        // `message`.
    std::string_view room{};       // Folded: of a direct message the other's nick.
    std::string_view room_name{};  // As the server writes it.
    bool is_direct = false;
    bool is_mine = false;      // The gateway's own nick did it.
    bool is_replayed = false;  // It is history.
    bool is_netsplit = false;
    bool is_bot = false;      // By its own word.
    std::string_view text{};  // The message; the topic; why somebody leaves.
    Person author{};
    Person person{};  // `removed`: who has to go; `renamed`: who the author is now.
    std::string_view message_id{};
    std::string_view reply_to{};
    std::int64_t sent_at_us = 0;  // Since 1970-01-01 UTC. 0: the server does not tell.
    std::uint32_t hops = 0;       // By the message's own word, or because it is an echo of the gateway's.
};

// Whoever a session tells. Nothing of this may call back into the session but say() and set_topic().
class Listener {
  public:
    // The server has let the gateway in. What follows is of this connection.
    virtual void on_ready() = 0;
    // The gateway is in a room, as `name`; it was not before. Events of it follow.
    virtual void on_entered(std::string_view room, std::string_view name) = 0;
    // It is in it no more: nothing follows until it has entered again. `by`: who has thrown it out; empty: nobody.
    virtual void on_left(std::string_view room, std::string_view by, std::string_view why) = 0;
    // The room does not let it in. `again`: it will try later.
    virtual void on_refused(std::string_view room, std::uint16_t code, std::string_view why, bool again) = 0;
    virtual void on_event(const Event& event) = 0;
    // Nobody has this nick any more, as far as the server lets one know. After events that say so.
    virtual void on_gone(std::string_view person) = 0;
    // What was said in a room while the gateway was away may be missing.
    virtual void on_gap(std::string_view room) = 0;
    virtual void on_outcome(const Outcome& outcome) = 0;
    // The connection is to be closed, once what is to be written has left; the session does nothing more on it.
    virtual void on_ended(const Ending& ending) = 0;

  protected:
    ~Listener() = default;
};

}  // namespace millrace::chat::irc
