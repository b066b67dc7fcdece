#include <algorithm>
#include <utility>

#include "adapters/chat/irc/session.hpp"

namespace millrace::chat::irc {
namespace {

constexpr std::int64_t kGhostMs = 2'000;  // Until services have freed a nick.

}  // namespace

void Session::on_cap(const Heard& heard) {
    std::vector<std::string> requests;
    negotiation_.take(heard.line, requests);
    for (const std::string& names : requests) outbound_.write("CAP", {"REQ", names});
    if (stage_ != Stage::negotiating || !negotiation_.is_settled()) return;
    std::vector<std::string> lines;
    if (negotiation_.has(Capability::sasl)) sasl_->begin(negotiation_.sasl_mechanisms(), lines);
    for (const std::string& it : lines) outbound_.write("AUTHENTICATE", {it});
    if (sasl_->state() != Sasl::State::under_way) return end_negotiation(heard.now_ms);
    stage_ = Stage::authenticating;
    sasl_until_ms_ = heard.now_ms + settings_.sasl_timeout_ms;
}

void Session::on_authenticate(const Heard& heard) {
    if (heard.line.command == "900" && is_me(heard.line.param(0)) && stage_ == Stage::ready) identified(heard.now_ms);
    std::vector<std::string> lines;
    sasl_->take(heard.line, lines);
    for (const std::string& it : lines) outbound_.write("AUTHENTICATE", {it});
    if (stage_ == Stage::authenticating && sasl_->state() != Sasl::State::under_way) end_negotiation(heard.now_ms);
}

void Session::end_negotiation(std::int64_t now_ms) {
    is_identified_ = sasl_->state() == Sasl::State::logged_in;
    if (settings_.account.is_required && !is_identified_) {
        const bool is_refused = sasl_->state() == Sasl::State::refused;
        const std::string why = sasl_->why().empty() ? "the server has no SASL" : sasl_->why();
        return end({is_refused, 0, "the account is not let in: " + why}, now_ms);
    }
    stage_ = Stage::welcome;
    deadline_ms_ = now_ms + settings_.register_timeout_ms;
    outbound_.write("CAP", {"END"});
}

// A server from before CAP.
void Session::on_unknown_command(const Heard& heard) {
    const bool is_of_cap = heard.line.param(1) == "CAP" || (heard.line.command == "410" && !negotiation_.is_settled());
    if (stage_ == Stage::negotiating && is_of_cap) {
        negotiation_.is_unknown();
        if (settings_.account.is_required)
            end({false, 0, "the account is not let in: the server has no SASL"}, heard.now_ms);
        stage_ = stage_ == Stage::ended ? stage_ : Stage::welcome;
        return;
    }
    if (heard.line.param(1) == "CHATHISTORY") on_fail(heard);
}

void Session::on_welcome(const Heard& heard) {
    if (stage_ == Stage::ready) return;
    be_called(heard.line.param(0));
    if (settings_.account.is_required && !is_identified_)
        return end({false, 0, "the account is not let in: the server has not waited for SASL"}, heard.now_ms);
    stage_ = Stage::welcome;
    const Source me = parse_source(heard.line.last().substr(heard.line.last().rfind(' ') + 1));
    if (!is_me(me.nick) || me.host.empty()) return;
    own_user_ = me.user;
    own_host_ = me.host;
}

void Session::on_isupport(const Heard& heard) {
    if (!isupport_.take(heard.line)) return;
    roster_.fold_again();
    be_called(nick_.current());
}

void Session::be_called(std::string_view nick) {
    own_id_ = isupport_.casemapping().folded(nick);
    nick_.is_now(std::string(nick));
}

void Session::on_end_of_motd(const Heard& heard) {
    if (stage_ == Stage::welcome) be_ready(heard.now_ms);
}

void Session::be_ready(std::int64_t now_ms) {
    stage_ = Stage::ready;
    nick_.reclaim_at(now_ms + settings_.reclaim_every_ms);
    rooms_from_ms_ = now_ms;
    listener_.on_ready();
    if (!is_identified_) identify(now_ms);
    if (!nick_.is_wanted() && isupport_.monitor_targets() > 0) outbound_.write("MONITOR", {"+", nick_.wanted()});
    wanted_.connected(now_ms);
    for (const WantedRoom& room : wanted_.all()) outbound_.hold(isupport_.casemapping().folded(room.name), now_ms);
    enter_rooms(now_ms);
    take_early(now_ms);
}

// By NickServ, where SASL could not be had. The rooms wait, as some let in only whom they know.
void Session::identify(std::int64_t now_ms) {
    const AccountSettings& account = settings_.account;
    if (account.service.empty() || account.password.empty()) return;
    const std::string name = account.name.empty() ? "" : account.name + " ";
    outbound_.write("PRIVMSG", {account.service, "IDENTIFY " + name + account.password});
    rooms_from_ms_ = now_ms + account.service_wait_ms;
    if (nick_.is_wanted()) return;
    outbound_.write("PRIVMSG", {account.service, "GHOST " + nick_.wanted() + " " + account.password});
    nick_.reclaim_at(now_ms + kGhostMs);
}

void Session::identified(std::int64_t now_ms) {
    if (std::exchange(is_identified_, true)) return;
    rooms_from_ms_ = now_ms;
    enter_rooms(now_ms);
}

void Session::on_nick_refused(const Heard& heard) {
    const std::string_view which = heard.line.param(1);
    if (isupport_.is_channel(which)) return on_room_refused(heard);
    if (stage_ == Stage::ready) return nick_.is_taken(heard.now_ms, settings_.reclaim_every_ms);
    if (const auto next = nick_.next()) return outbound_.write("NICK", {*next});
    end({false, 0, "the server takes none of the nicks"}, heard.now_ms);
}

void Session::check_nick(std::int64_t now_ms) {
    const auto due_ms = nick_.reclaim_ms();
    if (!due_ms || *due_ms > now_ms) return;
    nick_.asked(now_ms, settings_.reclaim_every_ms);
    outbound_.write("NICK", {nick_.wanted()});
}

// MONITOR: those who are not there.
void Session::on_nick_is_free(const Heard& heard) {
    if (stage_ != Stage::ready || nick_.is_wanted()) return;
    std::string_view list = heard.line.last();
    while (!list.empty()) {
        const std::size_t end = std::min(list.find(','), list.size());
        if (isupport_.casemapping().is_same(parse_source(list.substr(0, end)).nick, nick_.wanted()))
            nick_.is_free(heard.now_ms);
        list.remove_prefix(std::min(end + 1, list.size()));
    }
    check_nick(heard.now_ms);
}

void Session::on_own_host(const Heard& heard) {
    if (!is_me(heard.line.param(0))) return;
    const Source shown = parse_source(heard.line.param(1));
    own_host_ = shown.host.empty() ? shown.nick : shown.host;
}

void Session::on_password_refused(const Heard& heard) {
    if (stage_ != Stage::ready)
        end({true, 0, "the server's password is wrong: " + shown(heard.line.last())}, heard.now_ms);
}

void Session::on_banned(const Heard& heard) {
    Ending ending = ending_of(heard.line.last());
    ending.is_final = true;
    end(std::move(ending), heard.now_ms);
}

}  // namespace millrace::chat::irc
