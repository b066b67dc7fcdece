#include <algorithm>
#include <charconv>
#include <utility>

#include "adapters/chat/irc/server_time.hpp"
#include "adapters/chat/irc/session.hpp"

namespace millrace::chat::irc {
namespace {

constexpr std::size_t kJoinBytesMax = 400;
constexpr std::int64_t kHistoryMs = 30'000;
constexpr std::int64_t kOverlapUs = 1'000;  // Servers tell times in ms: there may be more of the last one.
constexpr std::size_t kHeldLinesMax = 256;
constexpr std::size_t kHeldBytesMax = 64 * 1024;

std::uint16_t code_of(std::string_view numeric) {
    std::uint16_t code = 0;
    std::from_chars(numeric.data(), numeric.data() + numeric.size(), code);
    return code;
}

// Servers put the names of two of them where people give a reason, and then show nobody's own words like that.
bool is_netsplit(std::string_view why) {
    const std::size_t space = why.find(' ');
    if (space == why.npos || why.find(' ', space + 1) != why.npos) return false;
    const auto is_server = [](std::string_view name) {
        const std::size_t dot = name.find('.');
        return dot != name.npos && dot > 0 && !name.ends_with('.') && name.find_first_of("/:") == name.npos;
    };
    return is_server(why.substr(0, space)) && is_server(why.substr(space + 1));
}

}  // namespace

void Session::enter_rooms(std::int64_t now_ms) {
    if (now_ms < rooms_from_ms_) return;
    std::string names;
    std::size_t count = 0;
    const auto join = [&] {
        if (!names.empty()) outbound_.queue("JOIN", {names}, now_ms);
        names.clear();
        count = 0;
    };
    for (const WantedRoom* room : wanted_.take_due(now_ms)) {
        if (!room->key.empty()) {
            outbound_.queue("JOIN", {room->name, room->key}, now_ms);
            continue;
        }
        if (count >= isupport_.join_targets() || names.size() + room->name.size() > kJoinBytesMax) join();
        if (!names.empty()) names += ',';
        names += room->name;
        ++count;
    }
    join();
}

void Session::on_join(const Heard& heard) {
    if (heard.source.nick.empty() || !isupport_.is_channel(heard.line.param(0))) return;
    if (is_me(heard.source.nick)) return on_own_join(heard);
    Roster::Room* room = roster_.find(heard.line.param(0));
    if (!room) return;
    const bool has_more = negotiation_.has(Capability::extended_join) && heard.line.size > 2;
    roster_.join(*room, heard.source, has_more ? heard.line.param(1) : "", has_more ? heard.line.param(2) : "");
    Event event = event_of(heard, Event::Kind::joined);
    tell(event, *room);
}

void Session::on_own_join(const Heard& heard) {
    if (!heard.source.host.empty()) {
        own_user_ = heard.source.user;
        own_host_ = heard.source.host;
    }
    if (roster_.find(heard.line.param(0))) return;
    Roster::Room* room = roster_.enter(heard.line.param(0));
    if (!room) return outbound_.write("PART", {heard.line.param(0)});
    roster_.join(*room, heard.source, {}, {});
    WantedRoom* wanted = wanted_.find(isupport_.casemapping(), room->name);
    const bool was_inside = wanted && wanted->was_inside;
    if (wanted) wanted_.entered(*wanted, heard.now_ms);
    outbound_.release(room->key);
    const bool is_asked = was_inside && wanted->heard_us > 0 && capabilities().fills_gaps;
    room->heard_us = is_asked ? wanted->heard_us : heard.time_us;
    listener_.on_entered(room->key, room->name);
    if (is_asked) return ask_history(*wanted, wanted->heard_us, heard.now_ms);
    if (was_inside) listener_.on_gap(room->key);
}

// What was missed comes as a batch; it may be more than one answer has. What is said meanwhile comes after it.
void Session::ask_history(WantedRoom& room, std::int64_t since_us, std::int64_t now_ms) {
    room.heard_us = since_us;
    room.history_ms = now_ms + kHistoryMs;
    if (Roster::Room* entered = roster_.find(room.name)) entered->waits = true;
    outbound_.write("CHATHISTORY", {"AFTER", room.name, "timestamp=" + to_server_time(since_us - kOverlapUs),
                                    std::to_string(isupport_.history_messages())});
}

bool Session::hold(Roster::Room& room, const Heard& heard) {
    if (!room.waits || heard.was_held || is_me(heard.source.nick)) return false;
    WantedRoom* wanted = wanted_.find(isupport_.casemapping(), room.name);
    if (!wanted) return room.waits = false;  // The server folds names in another way now.
    std::string text = text_of(heard.line);
    if (wanted->held.size() >= kHeldLinesMax || wanted->held_bytes + text.size() > kHeldBytesMax) {
        end_history(*wanted, false, heard.now_ms);
        return false;
    }
    wanted->held_bytes += text.size();
    wanted->held.push_back(std::move(text));
    return true;
}

void Session::end_history(WantedRoom& wanted, bool is_filled, std::int64_t now_ms) {
    wanted.history_ms = 0;
    wanted.held_bytes = 0;
    Roster::Room* room = roster_.find(wanted.name);
    if (room) room->waits = false;
    if (!is_filled) listener_.on_gap(isupport_.casemapping().folded(wanted.name));
    for (const std::string& text : std::exchange(wanted.held, {})) {
        Line line;
        if (parse_line(text, line) != LineFault::none) continue;
        Heard heard{line, now_ms};
        heard.was_held = true;
        dispatch(heard);
    }
}

void Session::check_history(std::int64_t now_ms) {
    for (const WantedRoom& it : wanted_.all()) {
        if (it.history_ms == 0 || it.history_ms > now_ms) continue;
        end_history(*wanted_.find(isupport_.casemapping(), it.name), false, now_ms);
    }
}

void Session::end_histories(std::int64_t now_ms) {
    for (const WantedRoom& it : wanted_.all()) {
        if (it.history_ms != 0) end_history(*wanted_.find(isupport_.casemapping(), it.name), false, now_ms);
    }
}

void Session::leave(Roster::Room& room, std::string_view by, std::string_view why, std::int64_t now_ms) {
    const std::string key = room.key;
    const std::string name = room.name;
    if (WantedRoom* wanted = wanted_.find(isupport_.casemapping(), name)) {
        if (room.heard_us > 0) wanted->heard_us = room.heard_us;
        if (wanted->history_ms != 0) end_history(*wanted, false, now_ms);
        wanted_.thrown_out(*wanted, now_ms);
        outbound_.hold(key, now_ms);
    } else {
        outbound_.drop(key, "the gateway is not in the room any more");
    }
    roster_.leave(name);
    listener_.on_left(key, by, why);
}

void Session::on_part(const Heard& heard) {
    Roster::Room* room = roster_.find(heard.line.param(0));
    if (!room || heard.source.nick.empty()) return;
    Event event = event_of(heard, Event::Kind::left);
    event.text = heard.line.param(1);
    tell(event, *room);
    if (event.is_mine) return leave(*room, {}, event.text, heard.now_ms);
    roster_.part(*room, heard.source.nick);
}

void Session::on_kick(const Heard& heard) {
    Roster::Room* room = roster_.find(heard.line.param(0));
    const std::string_view nick = heard.line.param(1);
    if (!room || nick.empty() || heard.source.nick.empty()) return;
    Event event = event_of(heard, Event::Kind::removed);
    event.text = heard.line.param(2);
    event.person = person_of({nick, {}, {}}, {}, person_id_);
    event.is_mine = is_me(nick);
    tell(event, *room);
    if (event.is_mine) return leave(*room, heard.source.nick, event.text, heard.now_ms);
    roster_.part(*room, nick);
}

void Session::on_quit(const Heard& heard) {
    Event event = event_of(heard, Event::Kind::quit);
    event.text = heard.line.param(0);
    event.is_netsplit |= is_netsplit(event.text);
    const std::string account(event.author.account);
    const std::string real_name(event.author.real_name);
    event.author.account = account;
    event.author.real_name = real_name;
    for (const Roster::Room* room : roster_.quit(heard.source.nick)) tell(event, *room);
    gone(heard.source.nick);
    if (nick_.is_wanted() || !isupport_.casemapping().is_same(heard.source.nick, nick_.wanted())) return;
    nick_.is_free(heard.now_ms);
    if (stage_ == Stage::ready) check_nick(heard.now_ms);
}

void Session::on_nick(const Heard& heard) {
    const std::string_view to = heard.line.param(0);
    if (to.empty()) return;
    const bool is_mine = is_me(heard.source.nick);
    if (is_mine) be_called(to);
    const std::vector<Roster::Room*>& rooms = roster_.rename(heard.source.nick, to);
    Event event = event_of(heard, Event::Kind::renamed);
    event.is_mine = is_mine;
    event.person = person_of({to, heard.source.user, heard.source.host}, {}, person_id_);
    for (const Roster::Room* room : rooms) tell(event, *room);
    if (!is_mine) gone(heard.source.nick);
    if (is_mine || nick_.is_wanted() || !isupport_.casemapping().is_same(heard.source.nick, nick_.wanted())) return;
    nick_.is_free(heard.now_ms);
    if (stage_ == Stage::ready) check_nick(heard.now_ms);
}

void Session::gone(std::string_view nick) {
    if (nick.empty() || is_me(nick)) return;
    isupport_.casemapping().fold(nick, key_);
    listener_.on_gone(key_);
}

void Session::on_topic(const Heard& heard) {
    Roster::Room* room = roster_.find(heard.line.param(0));
    if (!room || heard.line.size < 2 || heard.source.nick.empty()) return;
    room->topic = heard.line.param(1);
    Event event = event_of(heard, Event::Kind::topic);
    event.text = heard.line.param(1);
    if (event.is_mine) on_echo(heard, room->name);
    tell(event, *room);
}

void Session::on_topic_reply(const Heard& heard) {
    Roster::Room* room = roster_.find(heard.line.param(1));
    if (room) room->topic = heard.line.command == "332" ? heard.line.last() : std::string_view();
}

void Session::on_names(const Heard& heard) {
    Roster::Room* room = heard.line.size < 4 ? nullptr : roster_.find(heard.line.param(2));
    if (!room) return;
    std::string_view names = heard.line.last();
    while (!names.empty()) {
        const std::size_t end = std::min(names.find(' '), names.size());
        roster_.add_name(*room, names.substr(0, end));
        names.remove_prefix(std::min(end + 1, names.size()));
    }
}

void Session::on_end_of_names(const Heard& heard) {
    if (Roster::Room* room = roster_.find(heard.line.param(1))) room->has_all_members = true;
}

void Session::on_mode(const Heard& heard) {
    const std::string_view target = heard.line.param(0);
    if (Roster::Room* room = roster_.find(target)) return roster_.change_modes(*room, heard.line, 1);
    if (!is_me(target) || stage_ != Stage::ready) return;
    const std::string_view modes = heard.line.param(1);
    const std::size_t registered = modes.find('r');
    if (registered == modes.npos || modes.rfind('+', registered) == modes.npos) return;
    identified(heard.now_ms);
}

void Session::on_invite(const Heard& heard) {
    if (stage_ != Stage::ready || !is_me(heard.line.param(0))) return;
    WantedRoom* wanted = wanted_.find(isupport_.casemapping(), heard.line.param(1));
    if (!wanted) return;
    wanted_.invited(*wanted, heard.now_ms);
    enter_rooms(heard.now_ms);
}

void Session::on_user_change(const Heard& heard) {
    const Line& line = heard.line;
    if (line.command == "CHGHOST" && is_me(heard.source.nick)) {
        own_user_ = line.param(0);
        own_host_ = line.param(1);
    }
    Roster::User* user = roster_.find_user(heard.source.nick);
    if (!user) return;
    if (line.command == "AWAY") user->is_away = line.size > 0 && !line.param(0).empty();
    if (line.command == "ACCOUNT") user->account = line.param(0) == "*" ? std::string_view() : line.param(0);
    if (line.command == "SETNAME") user->real_name = line.param(0);
    if (line.command != "CHGHOST") return;
    user->user = line.param(0);
    user->host = line.param(1);
}

void Session::on_room_refused(const Heard& heard) {
    WantedRoom* room = wanted_.find(isupport_.casemapping(), heard.line.param(1));
    if (stage_ != Stage::ready || !room || !wanted_.refused(*room, heard.line.command, heard.now_ms))
        return on_refusal(heard);
    const std::string key = isupport_.casemapping().folded(room->name);
    outbound_.drop(key, "the room does not let the gateway in");
    listener_.on_refused(key, code_of(heard.line.command), heard.line.last(),
                         room->state != WantedRoom::State::refused);
}

}  // namespace millrace::chat::irc
