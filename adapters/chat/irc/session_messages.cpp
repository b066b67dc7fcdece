#include <algorithm>
#include <charconv>
#include <iterator>
#include <utility>

#include "adapters/chat/irc/ctcp.hpp"
#include "adapters/chat/irc/session.hpp"
#include "adapters/chat/irc/tags.hpp"

namespace millrace::chat::irc {
namespace {

// Numerics that refuse what was said to their target: there is no such, it does not take it, or wants to know more.
constexpr std::string_view kRefusals[] = {"401", "402", "403", "404", "407", "408", "412", "413", "414", "415",
                                          "442", "477", "480", "482", "486", "489", "492", "494", "531", "716"};

constexpr std::uint16_t kNoSuchNick = 401;

constexpr std::size_t kEarlyMax = 64;          // Lines.
constexpr std::int64_t kCoarseUs = 1'000'000;  // Some servers keep history by whole seconds.

bool is_server(const Source& source) {
    return source.nick.empty() ||
           (source.user.empty() && source.host.empty() && source.nick.find('.') != source.nick.npos);
}

}  // namespace

Person Session::person_of(const Source& source, std::string_view account, std::string& id) {
    isupport_.casemapping().fold(source.nick, id);
    Person person{source.nick, id, source.user, source.host, account, {}, {}};
    if (const Roster::User* user = roster_.find_user_key(id)) {
        if (person.account.empty()) person.account = user->account;
        person.real_name = user->real_name;
    }
    return person;
}

Event Session::event_of(const Heard& heard, Event::Kind kind) {
    Event event;
    event.kind = kind;
    event.author = person_of(heard.source, heard.account, author_id_);
    event.is_mine = event.author.id == own_id_;
    event.is_replayed = heard.batch && heard.batch->is_replayed;
    event.is_netsplit = heard.batch && heard.batch->is_netsplit;
    event.is_bot = heard.is_bot;
    event.message_id = heard.message_id;
    event.reply_to = heard.reply_to;
    event.sent_at_us = heard.time_us;
    event.hops = heard.hops;
    return event;
}

void Session::tell(Event& event, const Roster::Room& room) {
    event.room = room.key;
    event.room_name = room.name;
    event.author.roles = roster_.roles(room, event.author.id);
    listener_.on_event(event);
}

void Session::on_message(const Heard& heard) {
    const std::string_view target = heard.line.param(0);
    if (heard.line.size < 2 || target.empty() || is_server(heard.source)) return;
    if (stage_ != Stage::ready) return hold_early(heard);
    std::string_view text = heard.line.param(1);
    const bool is_notice = heard.line.command == "NOTICE";
    Said said = is_notice ? Said::notice : Said::text;
    if (const auto ctcp = parse_ctcp(text)) {
        if (is_notice || ctcp->command != "ACTION") return on_ctcp(heard, text);
        said = Said::action;
        text = ctcp->params;
    }
    const bool is_replayed = heard.batch && heard.batch->is_replayed;
    const std::string_view room_name = isupport_.without_status(target);
    const bool is_of_room = isupport_.is_channel(room_name);
    Roster::Room* room = is_of_room ? roster_.find(room_name) : nullptr;
    if (is_of_room ? !room : !is_me(target) && !is_me(heard.source.nick)) {
        ++counts_.strays;
        return;
    }
    if (room && !is_replayed && hold(*room, heard)) return;
    if (is_repeated(room, heard)) {
        ++counts_.repeated;
        return;
    }
    if (room) room->heard_us = std::max(room->heard_us, heard.time_us);
    Event event = event_of(heard, Event::Kind::message);
    event.said = said;
    event.text = text;
    if (event.is_mine && !is_replayed) on_echo(heard, room_name);
    if (!event.is_mine) {
        const std::string_view where = room ? std::string_view(room->key) : event.author.id;
        event.hops = std::max(event.hops, outbound_.guard().hops_of(where, text, heard.now_ms));
    }
    if (room) return tell(event, *room);
    const std::string_view other = event.is_mine ? target : heard.source.nick;
    if (event.is_mine && isupport_.casemapping().is_same(other, settings_.account.service)) return;  // The password.
    isupport_.casemapping().fold(other, key_);
    event.is_direct = true;
    event.room = key_;
    event.room_name = other;
    listener_.on_event(event);
}

// Others may talk to the gateway as soon as it has its nick.
void Session::hold_early(const Heard& heard) {
    if (stage_ == Stage::welcome && is_me(heard.line.param(0)) && early_.size() < kEarlyMax)
        early_.push_back(text_of(heard.line));
}

void Session::take_early(std::int64_t now_ms) {
    for (const std::string& text : std::exchange(early_, {})) {
        Line line;
        if (parse_line(text, line) != LineFault::none) continue;
        Heard heard{line, now_ms};
        dispatch(heard);
    }
}

// What comes as history may have come before, or be older than the gateway's stay in the room.
bool Session::is_repeated(const Roster::Room* room, const Heard& heard) {
    const bool is_replayed = heard.batch && heard.batch->is_replayed;
    const bool has_id = !heard.message_id.empty() && negotiation_.has(Capability::batch);
    if (has_id && !recent_ids_.add(heard.message_id) && (is_replayed || heard.was_held)) return true;
    if (!is_replayed || !room) return false;
    const WantedRoom* wanted = wanted_.find(isupport_.casemapping(), room->name);
    return wanted && (wanted->is_new || (heard.time_us > 0 && heard.time_us + kCoarseUs <= wanted->heard_us));
}

// Requests in a room are the room's: only who asks the gateway itself gets an answer.
void Session::on_ctcp(const Heard& heard, std::string_view text) {
    if (heard.line.command == "NOTICE" || is_me(heard.source.nick) || !is_me(heard.line.param(0))) return;
    ++counts_.ctcp;
    const auto request = parse_ctcp(text);
    const auto answer = ctcp_answer(*request, settings_.version);
    if (!answer) return;
    if (ctcp_.available(heard.now_ms) == 0) {
        ++counts_.unanswered;
        return;
    }
    ctcp_.take(1);
    outbound_.queue("NOTICE", {heard.source.nick, *answer}, heard.now_ms);
}

// Where the server labels its answers, what has no label answers nothing that is waited for.
bool Session::is_of_ours(const Heard& heard) const {
    return heard.label != 0 || !negotiation_.has(Capability::labeled_response);
}

void Session::on_echo(const Heard& heard, std::string_view target) {
    if (!is_of_ours(heard)) return;
    isupport_.casemapping().fold(target, key_);
    outbound_.deliveries().echoed(heard.label, key_, heard.message_id);
}

void Session::on_batch(const Heard& heard) {
    std::string_view parent;
    TagReader reader(heard.line.tags);
    for (Tag tag; reader.next(tag);) {
        if (tag.key == "batch") parent = tag.value;
    }
    const std::string label = heard.label == 0 ? "" : std::to_string(heard.label);
    const Batch* ended = batches_.take(heard.line, label, parent);
    if (!ended || !ended->is_replayed) return;
    WantedRoom* wanted = wanted_.find(isupport_.casemapping(), ended->room);
    if (!wanted || wanted->history_ms == 0) return;
    const bool is_full = ended->lines >= isupport_.history_messages();
    if (is_full && ended->last_us > wanted->heard_us) return ask_history(*wanted, ended->last_us, heard.now_ms);
    end_history(*wanted, !is_full, heard.now_ms);
}

void Session::on_ack(const Heard& heard) { outbound_.deliveries().answered(heard.label); }

// FAIL CHATHISTORY: what was missed cannot be had. FAIL PRIVMSG and the like: with the target among what follows.
void Session::on_fail(const Heard& heard) {
    const Line& line = heard.line;
    if (line.param(0) == "CHATHISTORY" || line.param(1) == "CHATHISTORY") {
        for (const WantedRoom& it : wanted_.all()) {
            const bool is_named = std::find(line.params.begin(), line.params.begin() + line.size, it.name) !=
                                  line.params.begin() + line.size;
            if (it.history_ms == 0 || (line.size > 3 && !is_named)) continue;
            end_history(*wanted_.find(isupport_.casemapping(), it.name), false, heard.now_ms);
        }
        return;
    }
    refuse(heard, line.size > 3 ? line.param(2) : "", 0);
}

void Session::on_refusal(const Heard& heard) {
    const bool is_one = std::ranges::find(kRefusals, heard.line.command) != std::end(kRefusals);
    if (!is_one && heard.label == 0) return;
    std::uint16_t code = 0;
    std::from_chars(heard.line.command.data(), heard.line.command.data() + 3, code);
    const std::string_view target = isupport_.without_status(heard.line.param(1));
    refuse(heard, target, code);
    if (code == kNoSuchNick && stage_ == Stage::ready && !isupport_.is_channel(target)) gone(target);
}

void Session::refuse(const Heard& heard, std::string_view target, std::uint16_t code) {
    if (!is_of_ours(heard)) return;
    isupport_.casemapping().fold(target, key_);
    outbound_.deliveries().refused(heard.label, key_, code, shown(heard.line.last()));
}

}  // namespace millrace::chat::irc
