#include "adapters/chat/irc/roster.hpp"

#include <type_traits>
#include <utility>

namespace millrace::chat::irc {

Roster::Room* Roster::enter(std::string_view name) {
    if (Room* room = find(name)) return room;
    if (rooms_.size() >= kRoomsMax) return nullptr;
    Room& room = rooms_[key_];
    room.name = name;
    room.key = key_;
    return &room;
}

void Roster::leave(std::string_view name) {
    Room* room = find(name);
    if (!room) return;
    std::vector<std::string> nicks;
    for (const auto& [nick, prefixes] : room->members) nicks.push_back(nick);
    for (const std::string& nick : nicks) remove(*room, nick);
    rooms_.erase(rooms_.find(isupport_.casemapping().folded(name)));
}

Roster::Room* Roster::find(std::string_view name) {
    isupport_.casemapping().fold(name, key_);
    const auto found = rooms_.find(key_);
    return found == rooms_.end() ? nullptr : &found->second;
}

const Roster::Room* Roster::find_key(std::string_view key) const {
    const auto found = rooms_.find(key);
    return found == rooms_.end() ? nullptr : &found->second;
}

const Roster::User* Roster::find_user_key(std::string_view key) const {
    const auto found = users_.find(key);
    return found == users_.end() ? nullptr : &found->second;
}

Roster::User* Roster::find_user(std::string_view nick) {
    isupport_.casemapping().fold(nick, key_);
    const auto found = users_.find(key_);
    return found == users_.end() ? nullptr : &found->second;
}

void Roster::add(Room& room, const Source& who, std::string_view prefixes) {
    isupport_.casemapping().fold(who.nick, key_);
    const auto member = room.members.find(key_);
    if (member == room.members.end()) {
        if (memberships_ >= kMembershipsMax) return;
        ++memberships_;
        ++users_[key_].rooms;
        room.members.emplace(key_, prefixes);
    } else {
        member->second = prefixes;
    }
    User& user = users_[key_];
    user.nick = who.nick;
    if (!who.user.empty()) user.user = who.user;
    if (!who.host.empty()) user.host = who.host;
}

void Roster::join(Room& room, const Source& who, std::string_view account, std::string_view real_name) {
    add(room, who, {});
    User* user = find_user(who.nick);
    if (!user) return;
    if (!account.empty()) user->account = account == "*" ? "" : account;
    if (!real_name.empty()) user->real_name = real_name;
}

void Roster::clear() {
    rooms_.clear();
    users_.clear();
    memberships_ = 0;
}

bool Roster::remove(Room& room, std::string_view folded) {
    const auto member = room.members.find(folded);
    if (member == room.members.end()) return false;
    const auto user = users_.find(folded);
    --memberships_;
    room.members.erase(member);
    if (--user->second.rooms == 0) users_.erase(user);
    return true;
}

bool Roster::part(Room& room, std::string_view nick) { return remove(room, isupport_.casemapping().folded(nick)); }

const std::vector<Roster::Room*>& Roster::quit(std::string_view nick) {
    affected_.clear();
    const std::string folded = isupport_.casemapping().folded(nick);
    for (auto& [key, room] : rooms_) {
        if (remove(room, folded)) affected_.push_back(&room);
    }
    return affected_;
}

const std::vector<Roster::Room*>& Roster::rename(std::string_view from, std::string_view to) {
    affected_.clear();
    const std::string before = isupport_.casemapping().folded(from);
    const std::string after = isupport_.casemapping().folded(to);
    const auto found = users_.find(before);
    if (found == users_.end()) return affected_;
    User user = std::move(found->second);
    user.nick = to;
    users_.erase(found);
    if (before != after && users_.contains(after)) quit(to);  // The server has dropped them in silence.
    affected_.clear();
    for (auto& [key, room] : rooms_) {
        auto member = room.members.extract(before);
        if (member.empty()) continue;
        member.key() = after;
        room.members.insert(std::move(member));
        affected_.push_back(&room);
    }
    users_.insert_or_assign(after, std::move(user));
    return affected_;
}

void Roster::add_name(Room& room, std::string_view name) {
    std::size_t end = 0;
    while (end < name.size() && isupport_.rank_of(name[end]) != isupport_.no_prefix()) ++end;
    const Source who = parse_source(name.substr(end));
    if (!who.nick.empty()) add(room, who, name.substr(0, end));
}

void Roster::set_prefix(Room& room, std::string_view nick, char prefix, bool is_set) {
    isupport_.casemapping().fold(nick, key_);
    const auto member = room.members.find(key_);
    if (member == room.members.end()) return;
    std::string& prefixes = member->second;
    std::erase(prefixes, prefix);
    if (!is_set) return;
    std::size_t at = 0;
    while (at < prefixes.size() && isupport_.rank_of(prefixes[at]) < isupport_.rank_of(prefix)) ++at;
    prefixes.insert(at, 1, prefix);
}

void Roster::change_modes(Room& room, const Line& line, std::size_t first) {
    bool is_set = true;
    std::size_t next = first + 1;
    for (const char letter : line.param(first)) {
        if (letter == '+' || letter == '-') {
            is_set = letter == '+';
            continue;
        }
        switch (isupport_.mode_kind(letter)) {
            case Isupport::ModeKind::prefix:
                set_prefix(room, line.param(next++), isupport_.prefix_of(letter), is_set);
                break;
            case Isupport::ModeKind::list:
            case Isupport::ModeKind::always:
                ++next;
                break;
            case Isupport::ModeKind::on_set:
                next += is_set;
                break;
            case Isupport::ModeKind::flag:
                break;
        }
    }
}

std::string_view Roster::roles(const Room& room, std::string_view folded_nick) const {
    const auto member = room.members.find(folded_nick);
    return member == room.members.end() ? std::string_view() : member->second;
}

void Roster::fold_again() {
    const auto fold = [this](auto& map, auto name_of) {
        std::remove_reference_t<decltype(map)> folded;
        while (!map.empty()) {
            auto node = map.extract(map.begin());
            node.key() = isupport_.casemapping().folded(name_of(node.key(), node.mapped()));
            folded.insert(std::move(node));
        }
        map = std::move(folded);
    };
    for (auto& [key, room] : rooms_)
        fold(room.members, [this](const std::string& nick, const std::string&) { return users_.at(nick).nick; });
    fold(users_, [](const std::string&, const User& user) { return user.nick; });
    fold(rooms_, [](const std::string&, const Room& room) { return room.name; });
    memberships_ = 0;
    for (auto& [nick, user] : users_) user.rooms = 0;
    for (auto& [key, room] : rooms_) {
        room.key = key;
        memberships_ += room.members.size();
        for (const auto& [nick, prefixes] : room.members) ++users_.at(nick).rooms;
    }
    std::erase_if(users_, [](const auto& it) { return it.second.rooms == 0; });  // What is the same now.
}

}  // namespace millrace::chat::irc
