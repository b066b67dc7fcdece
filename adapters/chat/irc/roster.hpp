#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/chat/irc/isupport.hpp"
#include "adapters/chat/irc/line.hpp"
#include "adapters/chat/irc/string_map.hpp"

// Who is in which of the rooms that the gateway is in, by what the server says. It is told of each change; names may be
// in any case. Bounded: further people are not known, and then no news of theirs either. Not thread-safe.
namespace millrace::chat::irc {

class Roster {
  public:
    static constexpr std::size_t kRoomsMax = 1'000;
    static constexpr std::size_t kMembershipsMax = 200'000;  // In all rooms together.

    struct User {
        std::string nick;
        std::string user;
        std::string host;
        std::string account;    // Empty: none that is known.
        std::string real_name;  // In any encoding. Empty: not known.
        bool is_away = false;
        std::uint32_t rooms = 0;
    };
    struct Room {
        std::string name;                // As the server writes it.
        std::string key;                 // Folded.
        std::string topic;               // As the server has it, in any encoding. Empty: none, or none that is known.
        StringMap<std::string> members;  // By folded nick: their prefixes, highest first.
        bool has_all_members = false;
        bool waits = false;         // What is said now is told when what was missed has been.
        std::int64_t heard_us = 0;  // The network's time of the last that was said. 0: not known.
    };

    explicit Roster(const Isupport& isupport) : isupport_(isupport) {}

    // The gateway itself enters. Null: it is in too many.
    Room* enter(std::string_view name);
    void leave(std::string_view name);
    Room* find(std::string_view name);
    // Null: nobody who is known.
    User* find_user(std::string_view nick);
    // By what is folded already.
    const Room* find_key(std::string_view key) const;
    const User* find_user_key(std::string_view key) const;

    void join(Room& room, const Source& who, std::string_view account, std::string_view real_name);
    // False: they were not there.
    bool part(Room& room, std::string_view nick);
    // -> The rooms in which they were, until the next call.
    const std::vector<Room*>& quit(std::string_view nick);
    const std::vector<Room*>& rename(std::string_view from, std::string_view to);

    // One of 353: `@+nick`, or `@+nick!user@host`.
    void add_name(Room& room, std::string_view name);
    // MODE of a room: its parameters from the modes on.
    void change_modes(Room& room, const Line& line, std::size_t first);

    // Prefixes of one who may not be there.
    std::string_view roles(const Room& room, std::string_view folded_nick) const;

    // The casemapping is another: all is folded anew.
    void fold_again();
    // The connection is gone.
    void clear();

    std::size_t rooms() const { return rooms_.size(); }
    std::size_t users() const { return users_.size(); }
    std::size_t memberships() const { return memberships_; }

  private:
    void add(Room& room, const Source& who, std::string_view prefixes);
    bool remove(Room& room, std::string_view folded);
    void set_prefix(Room& room, std::string_view nick, char prefix, bool is_set);

    const Isupport& isupport_;
    StringMap<Room> rooms_;
    StringMap<User> users_;
    std::size_t memberships_ = 0;
    std::vector<Room*> affected_;
    std::string key_;
};

}  // namespace millrace::chat::irc
