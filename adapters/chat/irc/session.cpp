#include "adapters/chat/irc/session.hpp"

#include <algorithm>
#include <charconv>
#include <unordered_map>
#include <utility>

#include "adapters/chat/irc/server_time.hpp"
#include "adapters/chat/irc/tags.hpp"

namespace millrace::chat::irc {
namespace {

constexpr std::string_view kAlive = "alive";
constexpr Pace kCtcpAnswers{3, 10'000};
constexpr std::size_t kTagValueMax = 512;

template <class Number> Number number_of(std::string_view text) {
    Number number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() ? number : 0;
}

}  // namespace

Session::Session(const SessionSettings& settings, Listener& listener, std::uint32_t seed, std::int64_t now_ms)
    : settings_(settings), listener_(listener), random_(seed), outbound_(settings, now_ms),
      wanted_(settings.rooms, seed + 1), nick_(settings), ctcp_(kCtcpAnswers.burst, kCtcpAnswers.interval_ms, now_ms) {}

void Session::recall(std::string_view room, std::int64_t heard_us) {
    WantedRoom* wanted = wanted_.find(isupport_.casemapping(), room);
    if (!wanted) return;
    wanted->was_inside = true;
    wanted->heard_us = heard_us;
}

void Session::connected(std::int64_t now_ms) {
    stage_ = Stage::negotiating;
    isupport_ = Isupport();
    negotiation_ = Negotiation(settings_.account.sasl != SaslMechanism::none);
    sasl_.emplace(settings_.account);
    roster_.clear();
    batches_ = Batches();
    early_.clear();
    own_user_.clear();
    own_host_.clear();
    is_identified_ = false;
    heard_ms_ = pinged_ms_ = answering_since_ms_ = now_ms;
    deadline_ms_ = now_ms + settings_.register_timeout_ms;
    outbound_.write("CAP", {"LS", "302"});
    if (!settings_.password.empty()) outbound_.write("PASS", {settings_.password});
    outbound_.write("NICK", {nick_.begin()});
    outbound_.write("USER", {settings_.user, "0", "*", settings_.real_name});
}

void Session::disconnected(std::int64_t now_ms) {
    if (stage_ == Stage::off) return;
    if (stage_ != Stage::ended) end({false, 0, "the connection is gone"}, now_ms);
    for (const WantedRoom& wanted : wanted_.all()) {
        const Roster::Room* room = roster_.find(wanted.name);
        if (room && room->heard_us > 0) wanted_.find(isupport_.casemapping(), wanted.name)->heard_us = room->heard_us;
    }
    stage_ = Stage::off;
    roster_.clear();
    outbound_.disconnected();
    flush(now_ms);
}

void Session::take(const Line& line, std::int64_t now_ms) {
    if (stage_ == Stage::off || stage_ == Stage::ended) return;
    if (is_silent(now_ms)) answering_since_ms_ = now_ms;
    heard_ms_ = now_ms;
    Heard heard{line, now_ms};
    dispatch(heard);
    flush(now_ms);
}

void Session::dispatch(Heard& heard) {
    const Line& line = heard.line;
    if (!line.source.empty()) heard.source = parse_source(line.source);
    if (!line.tags.empty()) read_tags(heard);
    if (const Handler handler = handler_of(line.command))
        (this->*handler)(heard);
    else if (line.size > 1 && (line.command[0] == '4' || line.command[0] == '5'))
        on_refusal(heard);
}

void Session::read_tags(Heard& heard) {
    TagReader reader(heard.line.tags);
    for (Tag tag; reader.next(tag);) {
        if (tag.value.size() > kTagValueMax) continue;
        if (tag.key == "time") {
            heard.time_us = parse_server_time(tag.value);
        } else if (tag.key == "msgid") {
            heard.message_id = unescaped(tag.value, message_id_);
        } else if (tag.key == "account") {
            heard.account = tag.value;
        } else if (tag.key == "label") {
            heard.label = number_of<std::uint64_t>(tag.value);
        } else if (tag.key == "batch") {
            heard.batch = batches_.find(tag.value);
        } else if (tag.key == "+draft/reply" || tag.key == "+reply") {
            heard.reply_to = unescaped(tag.value, reply_to_);
        } else if (tag.key == "+millrace/hops") {
            heard.hops = number_of<std::uint8_t>(tag.value);
        } else if (tag.key == "bot" || tag.key == "draft/bot") {
            heard.is_bot = true;
        }
    }
    if (heard.batch && heard.line.command != "BATCH") {
        ++heard.batch->lines;
        heard.batch->last_us = std::max(heard.batch->last_us, heard.time_us);
        if (heard.label == 0) heard.label = number_of<std::uint64_t>(heard.batch->label);
    }
}

Session::Handler Session::handler_of(std::string_view command) {
    if (command == "PRIVMSG") return &Session::on_message;
    static const std::unordered_map<std::string_view, Handler> kHandlers = {
        {"NOTICE", &Session::on_message},
        {"PING", &Session::on_ping},
        {"PONG", &Session::on_pong},
        {"ERROR", &Session::on_error},
        {"CAP", &Session::on_cap},
        {"AUTHENTICATE", &Session::on_authenticate},
        {"JOIN", &Session::on_join},
        {"PART", &Session::on_part},
        {"KICK", &Session::on_kick},
        {"QUIT", &Session::on_quit},
        {"NICK", &Session::on_nick},
        {"TOPIC", &Session::on_topic},
        {"MODE", &Session::on_mode},
        {"INVITE", &Session::on_invite},
        {"AWAY", &Session::on_user_change},
        {"ACCOUNT", &Session::on_user_change},
        {"CHGHOST", &Session::on_user_change},
        {"SETNAME", &Session::on_user_change},
        {"BATCH", &Session::on_batch},
        {"ACK", &Session::on_ack},
        {"FAIL", &Session::on_fail},
        {"001", &Session::on_welcome},
        {"005", &Session::on_isupport},
        {"331", &Session::on_topic_reply},
        {"332", &Session::on_topic_reply},
        {"353", &Session::on_names},
        {"366", &Session::on_end_of_names},
        {"376", &Session::on_end_of_motd},
        {"396", &Session::on_own_host},
        {"422", &Session::on_end_of_motd},
        {"410", &Session::on_unknown_command},
        {"421", &Session::on_unknown_command},
        {"451", &Session::on_unknown_command},
        {"432", &Session::on_nick_refused},
        {"433", &Session::on_nick_refused},
        {"436", &Session::on_nick_refused},
        {"437", &Session::on_nick_refused},
        {"464", &Session::on_password_refused},
        {"465", &Session::on_banned},
        {"731", &Session::on_nick_is_free},
        {"403", &Session::on_room_refused},
        {"405", &Session::on_room_refused},
        {"448", &Session::on_room_refused},
        {"470", &Session::on_room_refused},
        {"471", &Session::on_room_refused},
        {"473", &Session::on_room_refused},
        {"474", &Session::on_room_refused},
        {"475", &Session::on_room_refused},
        {"476", &Session::on_room_refused},
        {"477", &Session::on_room_refused},
        {"479", &Session::on_room_refused},
        {"480", &Session::on_room_refused},
        {"489", &Session::on_room_refused},
        {"495", &Session::on_room_refused},
        {"519", &Session::on_room_refused},
        {"520", &Session::on_room_refused},
        {"900", &Session::on_authenticate},
        {"902", &Session::on_authenticate},
        {"903", &Session::on_authenticate},
        {"904", &Session::on_authenticate},
        {"905", &Session::on_authenticate},
        {"906", &Session::on_authenticate},
        {"907", &Session::on_authenticate},
        {"908", &Session::on_authenticate},
    };
    const auto found = kHandlers.find(command);
    return found == kHandlers.end() ? nullptr : found->second;
}

void Session::end(Ending ending, std::int64_t now_ms) {
    if (stage_ == Stage::ended || stage_ == Stage::off) return;
    if (stage_ == Stage::ready) end_histories(now_ms);
    stage_ = Stage::ended;
    listener_.on_ended(ending);
}

void Session::flush(std::int64_t now_ms) {
    if (stage_ == Stage::ready) outbound_.pump(relay(), now_ms);
    std::vector<Outcome>& outcomes = outbound_.deliveries().outcomes();
    if (outcomes.empty()) return;
    for (const Outcome& outcome : std::exchange(outcomes, {})) listener_.on_outcome(outcome);
}

void Session::tick(std::int64_t now_ms) {
    if (stage_ == Stage::off || stage_ == Stage::ended) return flush(now_ms);
    if (stage_ != Stage::ready) {
        check_registration(now_ms);
        return flush(now_ms);
    }
    check_liveness(now_ms);
    if (stage_ != Stage::ready) return flush(now_ms);
    enter_rooms(now_ms);
    check_history(now_ms);
    check_nick(now_ms);
    if (const auto due_ms = confirm_due_ms(now_ms); due_ms && *due_ms <= now_ms)
        outbound_.deliveries().expire(now_ms - settings_.confirm_timeout_ms);
    flush(now_ms);
}

std::optional<std::int64_t> Session::next_ms(std::int64_t now_ms) {
    if (stage_ == Stage::off || stage_ == Stage::ended) return std::nullopt;
    if (stage_ == Stage::authenticating) return std::min(deadline_ms_, sasl_until_ms_);
    if (stage_ != Stage::ready) return deadline_ms_;
    std::int64_t next =
        std::min(std::max(heard_ms_, pinged_ms_) + settings_.ping_after_ms, heard_ms_ + settings_.lost_after_ms);
    const auto no_later = [&next](std::optional<std::int64_t> at_ms) { next = std::min(next, at_ms.value_or(next)); };
    if (const auto room_ms = wanted_.next_ms()) no_later(std::max(*room_ms, rooms_from_ms_));
    no_later(nick_.reclaim_ms());
    if (outbound_.bytes().size() < Outbound::kBytesMax) no_later(outbound_.next_ms(now_ms));
    no_later(confirm_due_ms(now_ms));
    for (const WantedRoom& room : wanted_.all()) {
        if (room.history_ms != 0) no_later(room.history_ms);
    }
    return next;
}

void Session::check_registration(std::int64_t now_ms) {
    if (stage_ == Stage::authenticating && now_ms >= sasl_until_ms_) {
        std::vector<std::string> lines;
        sasl_->give_up(lines);
        for (const std::string& it : lines) outbound_.write("AUTHENTICATE", {it});
        end_negotiation(now_ms);
    }
    if (stage_ == Stage::ended || now_ms < deadline_ms_) return;
    end({false, 0, "the server has not let the gateway in in time"}, now_ms);
}

void Session::check_liveness(std::int64_t now_ms) {
    if (now_ms - heard_ms_ >= settings_.lost_after_ms) return end({false, 0, "the server is silent"}, now_ms);
    if (now_ms - std::max(heard_ms_, pinged_ms_) < settings_.ping_after_ms) return;
    pinged_ms_ = now_ms;
    outbound_.write("PING", {kAlive});
}

// While the server is silent nothing is given up but the connection.
std::optional<std::int64_t> Session::confirm_due_ms(std::int64_t now_ms) const {
    const auto oldest_ms = outbound_.deliveries().oldest_ms();
    if (!oldest_ms || is_silent(now_ms)) return std::nullopt;
    return std::max(*oldest_ms, answering_since_ms_) + settings_.confirm_timeout_ms + 1;
}

Outbound::Relay Session::relay() const {
    const std::size_t user = own_user_.empty() ? isupport_.user_bytes() + 1 : own_user_.size();
    const std::size_t host = own_host_.empty() ? isupport_.host_bytes() : own_host_.size();
    return {std::string_view(":!@ ").size() + nick_.current().size() + user + host, isupport_.line_bytes(),
            negotiation_.has(Capability::message_tags), negotiation_.has(Capability::labeled_response)};
}

Outbound::Push Session::say(Utterance utterance, std::int64_t now_ms) {
    utterance.text = plain(utterance.text);
    const std::string key = isupport_.casemapping().folded(utterance.target);
    const Outbound::Push pushed = outbound_.say(key, std::move(utterance), relay(), now_ms);
    flush(now_ms);
    return pushed;
}

Outbound::Push Session::set_topic(std::string_view room, std::string_view topic, std::uint64_t id,
                                  std::int64_t now_ms) {
    std::string line = plain(topic);
    std::ranges::replace(line, '\n', ' ');
    const std::string key = isupport_.casemapping().folded(room);
    const Outbound::Push pushed = outbound_.set_topic(key, room, line, id, now_ms);
    flush(now_ms);
    return pushed;
}

void Session::quit(std::string_view text, std::int64_t now_ms) {
    if (stage_ == Stage::off || stage_ == Stage::ended) return;
    outbound_.write("QUIT", {text});
    end({false, 0, "the gateway has left"}, now_ms);
}

Capabilities Session::capabilities() const {
    Capabilities it;
    it.replies = negotiation_.has(Capability::message_tags);
    it.sets_topic = true;
    it.files = Files::link;
    it.has_message_ids = it.replies && negotiation_.has(Capability::echo_message);
    it.fills_gaps = negotiation_.has(Capability::chathistory) && isupport_.history_messages() > 0;
    it.confirms = true;
    return it;
}

void Session::on_ping(const Heard& heard) {
    if (heard.line.size > 0) outbound_.write("PONG", {heard.line.last()});
}

void Session::on_pong(const Heard& heard) {
    const std::string_view token = heard.line.last();
    if (!token.starts_with(Outbound::kFenceMark)) return;
    outbound_.deliveries().passed(number_of<std::uint64_t>(token.substr(1)),
                                  negotiation_.has(Capability::echo_message));
}

void Session::on_error(const Heard& heard) { end(ending_of(heard.line.last()), heard.now_ms); }

}  // namespace millrace::chat::irc
