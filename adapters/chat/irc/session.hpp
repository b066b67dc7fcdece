#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/chat/common/capabilities.hpp"
#include "adapters/chat/irc/batches.hpp"
#include "adapters/chat/irc/capability.hpp"
#include "adapters/chat/irc/event.hpp"
#include "adapters/chat/irc/line.hpp"
#include "adapters/chat/irc/nick.hpp"
#include "adapters/chat/irc/outbound.hpp"
#include "adapters/chat/irc/recent_ids.hpp"
#include "adapters/chat/irc/roster.hpp"
#include "adapters/chat/irc/sasl.hpp"
#include "adapters/chat/irc/session_settings.hpp"
#include "adapters/chat/irc/wanted_rooms.hpp"

// The gateway's account on one network, over many connections: lines and times in, bytes and events out. No I/O, no
// clock. Whoever owns it makes a connection, calls connected(), hands over what comes, writes what output() has after
// each call, and calls tick() when next_ms() says so. When a connection is there no more, for whatever reason, it calls
// disconnected(); what waits to be said stays for the next one.
//
// Times are ms of any clock that does not go back. `settings` and `listener` outlive it. Not thread-safe.
namespace millrace::chat::irc {

class Session {
  public:
    // `seed`: for jitter.
    Session(const SessionSettings& settings, Listener& listener, std::uint32_t seed, std::int64_t now_ms);

    // Before the first connection: the gateway was in this room in an earlier life. `heard_us`: until when it has what
    // was said there; 0: not known.
    void recall(std::string_view room, std::int64_t heard_us);

    void connected(std::int64_t now_ms);
    void take(const Line& line, std::int64_t now_ms);
    void tick(std::int64_t now_ms);
    void disconnected(std::int64_t now_ms);

    // When tick() is to be called next; nothing: not before something else is.
    std::optional<std::int64_t> next_ms(std::int64_t now_ms);

    // Bytes for the server; whoever writes them takes them off the front.
    std::string& output() { return outbound_.bytes(); }

    // To a room or a person. `full`: nothing was taken; else its outcome comes with `utterance.id`, in this call or
    // later. `utterance.text` may be anything that is UTF-8.
    Outbound::Push say(Utterance utterance, std::int64_t now_ms);
    Outbound::Push set_topic(std::string_view room, std::string_view topic, std::uint64_t id, std::int64_t now_ms);

    // The gateway takes its leave; the server then ends the connection.
    void quit(std::string_view text, std::int64_t now_ms);

    bool is_ready() const { return stage_ == Stage::ready; }
    const std::string& nick() const { return nick_.current(); }
    // The gateway, as others see it; until the next call.
    Person me() const { return {nick_.current(), own_id_, own_user_, own_host_, {}, {}, {}}; }
    const Isupport& isupport() const { return isupport_; }
    const Roster& roster() const { return roster_; }
    const Outbound& outbound() const { return outbound_; }
    const std::vector<WantedRoom>& wanted_rooms() const { return wanted_.all(); }
    // Of this connection.
    Capabilities capabilities() const;

    struct Counts {
        std::uint64_t strays = 0;      // Messages to rooms that the gateway is not in.
        std::uint64_t ctcp = 0;        // Requests, and those of them
        std::uint64_t unanswered = 0;  // that came too often.
        std::uint64_t repeated = 0;    // History that had come before, or is from before the gateway's time.
    };
    const Counts& counts() const { return counts_; }

  private:
    enum class Stage { off, negotiating, authenticating, welcome, ready, ended };

    // A line with what its tags say.
    struct Heard {
        const Line& line;
        std::int64_t now_ms;
        Source source{};
        std::string_view account{};
        std::string_view message_id{};
        std::string_view reply_to{};
        std::uint64_t label = 0;
        Batch* batch = nullptr;
        std::int64_t time_us = 0;
        std::uint32_t hops = 0;
        bool is_bot = false;
        bool was_held = false;  // Until what was missed was told.
    };
    using Handler = void (Session::*)(const Heard&);
    static Handler handler_of(std::string_view command);

    // session.cpp
    void dispatch(Heard& heard);
    void read_tags(Heard& heard);
    void end(Ending ending, std::int64_t now_ms);
    void flush(std::int64_t now_ms);
    void check_registration(std::int64_t now_ms);
    void check_liveness(std::int64_t now_ms);
    std::optional<std::int64_t> confirm_due_ms(std::int64_t now_ms) const;
    bool is_silent(std::int64_t now_ms) const { return now_ms - heard_ms_ > settings_.ping_after_ms * 3 / 2; }
    Outbound::Relay relay() const;
    bool is_me(std::string_view nick) const { return isupport_.casemapping().is_same(nick, nick_.current()); }
    void on_ping(const Heard& heard);
    void on_pong(const Heard& heard);
    void on_error(const Heard& heard);

    // session_registration.cpp
    void on_cap(const Heard& heard);
    void on_authenticate(const Heard& heard);
    void on_unknown_command(const Heard& heard);
    void on_welcome(const Heard& heard);
    void on_isupport(const Heard& heard);
    void on_end_of_motd(const Heard& heard);
    void on_nick_refused(const Heard& heard);
    void on_password_refused(const Heard& heard);
    void on_banned(const Heard& heard);
    void on_nick_is_free(const Heard& heard);
    void on_own_host(const Heard& heard);
    void end_negotiation(std::int64_t now_ms);
    void be_ready(std::int64_t now_ms);
    void identify(std::int64_t now_ms);
    void identified(std::int64_t now_ms);
    void check_nick(std::int64_t now_ms);
    void be_called(std::string_view nick);

    // session_rooms.cpp
    void enter_rooms(std::int64_t now_ms);
    void ask_history(WantedRoom& room, std::int64_t since_us, std::int64_t now_ms);
    void check_history(std::int64_t now_ms);
    void end_history(WantedRoom& room, bool is_filled, std::int64_t now_ms);
    void end_histories(std::int64_t now_ms);
    bool hold(Roster::Room& room, const Heard& heard);
    bool is_repeated(const Roster::Room* room, const Heard& heard);
    void on_join(const Heard& heard);
    void on_own_join(const Heard& heard);
    void on_part(const Heard& heard);
    void on_kick(const Heard& heard);
    void on_quit(const Heard& heard);
    void on_nick(const Heard& heard);
    void on_topic(const Heard& heard);
    void on_topic_reply(const Heard& heard);
    void on_names(const Heard& heard);
    void on_end_of_names(const Heard& heard);
    void on_mode(const Heard& heard);
    void on_invite(const Heard& heard);
    void on_user_change(const Heard& heard);
    void on_room_refused(const Heard& heard);
    void gone(std::string_view nick);
    void leave(Roster::Room& room, std::string_view by, std::string_view why, std::int64_t now_ms);

    // session_messages.cpp
    void on_message(const Heard& heard);
    void hold_early(const Heard& heard);
    void take_early(std::int64_t now_ms);
    void on_ctcp(const Heard& heard, std::string_view text);
    bool is_of_ours(const Heard& heard) const;
    void on_echo(const Heard& heard, std::string_view target);
    void on_batch(const Heard& heard);
    void on_ack(const Heard& heard);
    void on_fail(const Heard& heard);
    void on_refusal(const Heard& heard);
    void refuse(const Heard& heard, std::string_view target, std::uint16_t code);
    Person person_of(const Source& source, std::string_view account, std::string& id);
    Event event_of(const Heard& heard, Event::Kind kind);
    void tell(Event& event, const Roster::Room& room);

    const SessionSettings& settings_;
    Listener& listener_;
    Stage stage_ = Stage::off;
    std::minstd_rand random_;

    // Of all connections.
    Outbound outbound_;
    WantedRooms wanted_;
    Nick nick_;
    RecentIds recent_ids_;
    TokenBucket ctcp_;
    Counts counts_;

    // Of this one.
    Isupport isupport_;
    Negotiation negotiation_{false};
    std::optional<Sasl> sasl_;
    Roster roster_{isupport_};
    Batches batches_;
    std::vector<std::string> early_;  // Lines for the gateway alone, from before it was let in.
    std::string own_id_;              // The nick, folded.
    std::string own_user_;
    std::string own_host_;
    std::int64_t deadline_ms_ = 0;  // Of the registration.
    std::int64_t sasl_until_ms_ = 0;
    std::int64_t rooms_from_ms_ = 0;  // Before then no room is entered.
    std::int64_t heard_ms_ = 0;
    std::int64_t answering_since_ms_ = 0;  // After a long silence much comes late, and is not lost.
    std::int64_t pinged_ms_ = 0;
    bool is_identified_ = false;

    std::string author_id_, person_id_, key_, message_id_, reply_to_, tag_;  // Kept for their memory.
};

}  // namespace millrace::chat::irc
