#include "adapters/chat/slack/workspace.hpp"

#include <utility>

#include "adapters/chat/common/normal_form.hpp"
#include "adapters/chat/slack/mrkdwn.hpp"
#include "adapters/common/json.hpp"
#include "adapters/common/utf8.hpp"
#include "millrace/v1/message.pb.h"

namespace millrace::chat::slack {
namespace {

constexpr std::int64_t kToldEveryMs = 10'000;
constexpr std::int64_t kLimitedMs = 60'000;             // So long Slack keeps events back once it has said so.
constexpr std::uint64_t kAddressesBytesMax = 16 << 20;  // That wait for all addresses together.
constexpr std::uint32_t kRetryAfter_s = 5;

WebClient::Options options_of(const Settings& settings) {
    return {settings.api_url, settings.bot_token, settings.ca, settings.send.timeout};
}

http::Refusal not_now() { return http::try_later("The event cannot be taken now.", kRetryAfter_s); }

bool has_scope(std::string_view scopes, std::string_view scope) {
    return ("," + std::string(scopes) + ",").find("," + std::string(scope) + ",") != std::string::npos;
}

}  // namespace

Workspace::Workspace(const IoShared& io, http::ServerShared& server, const Settings& settings, Ledger& ledger)
    : ServerThread(io, server, 0), settings_(settings), random_(std::random_device()()),
      stamp_(std::to_string(io.host.now_us())), session_(self_, settings.takes_own),
      client_(options_of(settings), home(), [this] { run_due(); }),
      sender_(
          settings, ledger, client_, [this](const Sending& sending, const Outcome& outcome) { done(sending, outcome); },
          [this](const ApiAnswer& answer) { on_account(answer); }),
      directory_(settings.looks_up_names, client_, sender_.limits(), [this] { conversations_.look_at_names(); }),
      history_(io.host, ledger, client_, sender_.limits(),
               {[this](const CatchUp::Found& found) { on_found(found); },
                [this](const std::string& why) {
                    history_trouble_ = why;
                    tell_trouble();
                }}),
      conversations_(
          io.host, settings, self_, wheel(), directory_,
          [this](const millrace::Outgoing& command, std::string_view address, const Conversation& from) {
              send(command, address, from.key, from.id);
          },
          [this](const Event& event) { return reply_to(event); },
          [this](std::string_view key) { return history_.holds(key); }),
      addresses_(
          [this](const millrace::Outgoing& command, millrace_id scope) { send(command, command.address, {}, scope); }),
      refusal_told_at_ms_(wheel().now_ms() - kToldEveryMs) {}

Workspace::~Workspace() { halt(); }

void Workspace::on_begin() {
    conversations_.attach(loop());
    addresses_.open(host(), loop(), kAddressesBytesMax);
    account_trouble_ = "it is not known yet who the gateway is in the workspace";
    ask_who_it_is();
    tell_trouble();
}

void Workspace::on_end() {
    if (links_) links_->abandon();
    sender_.give_up();
    tell_done();
    conversations_.clear();
    history_.flush();
}

void Workspace::on_retire() {
    is_retired_ = true;
    if (links_) links_->quiesce(true);
    begin_ticks();
}

void Workspace::on_quiesce() {
    conversations_.quiesce();
    if (links_) links_->quiesce(true);
}

// ---- Who the gateway is

void Workspace::ask_who_it_is() {
    asking_.connected(wheel().now_ms());
    const bool is_asked = client_.call({Method::auth_test}, [this](const ApiAnswer& answer) { on_self(answer); });
    if (!is_asked) asking_.failed(wheel().now_ms(), static_cast<std::uint32_t>(random_()));
}

void Workspace::on_self(const ApiAnswer& answer) {
    const JsonView body(answer.body);
    if (answer.fate != Fate::sent) {
        account_trouble_ = answer.text;
        if (answer.is_final) {
            asking_.stop(answer.text);
            account_trouble_ += "; it is not tried again before the adapter is started or configured anew";
        } else {
            asking_.failed(wheel().now_ms(), static_cast<std::uint32_t>(random_()), answer.wait_ms);
            begin_ticks();
        }
        return tell_trouble();
    }
    self_ = {std::string(body["user_id"].text()), std::string(body["bot_id"].text()),
             std::string(body["team_id"].text()), as_name(body["team"].text()), as_name(body["user"].text())};
    is_known_ = true;
    account_trouble_.clear();
    const Capabilities can = capabilities(has_scope(answer.scopes, "chat:write.customize"));
    sender_.set_capabilities(can);
    conversations_.can(published(can));
    publish(published(can), [this](std::string_view name, double value) { host().gauge(name, value); });
    host().log(MILLRACE_LOG_INFO, "is " + self_.user + " (" + as_name(self_.user_id) + ") in " + self_.team +
                                      "; it can " + to_json(published(can)));
    tell_trouble();
    if (settings_.socket)
        open_links();
    else
        on_gap(wheel().now_ms());
}

void Workspace::on_account(const ApiAnswer& answer) {
    const bool is_over = !answer.is_of_account;
    if (is_over && (!is_known_ || account_trouble_.empty())) return;
    account_trouble_ = is_over ? "" : "Slack does not take the gateway's token: " + answer.text;
    tell_trouble();
}

// ---- What comes in

void Workspace::open_links() {
    if (is_retired_ || is_quiesced()) return;
    link_trouble_ = "there is no connection yet";
    links_ = std::make_unique<SocketLinks>(
        settings_, client_, home(),
        SocketLinks::Listener{
            [this](const Delivery& delivery, const std::string& envelope_id, std::function<void(bool)> answer) {
                on_delivery(delivery, envelope_id, std::move(answer));
            },
            [this] { on_gap(wheel().now_ms()); },
            [this](const std::string& why, bool is_final) {
                link_trouble_ = why;
                if (is_final)
                    link_trouble_ += "; it is not tried again before the adapter is started or configured anew";
                tell_trouble();
            },
            [this] { run_due(); }});
    links_->start();
    begin_ticks();
    tell_trouble();
}

void Workspace::on_delivery(const Delivery& delivery, const std::string& envelope_id,
                            std::function<void(bool)> answer) {
    if (!session_.take(delivery, envelope_id)) return answer(true);
    conversations_.take(
        arrival([answer = std::move(answer)](std::uint32_t verdict) { answer(verdict != MILLRACE_RETRY); }, false));
}

std::optional<http::Refusal> Workspace::on_head(const http::Request& request, const http::Client&) {
    if (http::path_of(request.target) != settings_.events->path) return http::not_found();
    if (request.method != "POST") return http::method_not_allowed("POST");
    return std::nullopt;
}

void Workspace::on_request(const http::Request& request, const http::Client&, http::Responder responder) {
    begin_ticks();
    const std::optional<Response> response = session_.take(*settings_.signature, request, host().now_us() / 1'000'000);
    if (session_.was_limited()) on_limited();
    if (response) return respond(responder, *response);
    conversations_.take(arrival(
        [responder = std::move(responder)](std::uint32_t verdict) {
            if (verdict == MILLRACE_RETRY)
                responder.refuse(not_now());
            else
                responder.answer({.status = 200});
        },
        false));
}

// Of what the session has read.
Arrival Workspace::arrival(Arrival::Settle settle, bool is_missed) {
    Event& event = session_.event();
    if (event.chat.author().kind() == v1::Chat::Person::BOT || event.chat.is_mine())
        event.hops = sender_.guard().hops_of(event.channel, unescaped(event.text), wheel().now_ms());
    if (event.chat.has_change() && !event.chat.change().name().empty())
        directory_.set_room(event.channel, event.chat.change().name(), wheel().now_ms());
    name_own(event.chat, sender_.ids(), event.channel);
    const std::uint64_t at_us = event.chat.sent_at_us();
    history_.begin(event.channel, at_us, wheel().now_ms());
    Arrival::Settle settled = [this, room = event.channel, at_us, is_missed,
                               settle = std::move(settle)](std::uint32_t verdict) {
        history_.settled(room, at_us, verdict, is_missed, wheel().now_ms());
        settle(verdict);
    };
    return {std::move(event), std::move(settled)};
}

void Workspace::respond(const http::Responder& responder, const Response& response) {
    if (!response.reason.empty()) {
        ++refusals_;
        if (wheel().now_ms() - refusal_told_at_ms_ >= kToldEveryMs) {
            refusal_told_at_ms_ = wheel().now_ms();
            host().log(MILLRACE_LOG_WARN, "a request is answered with " + std::to_string(response.status) + ": " +
                                              std::string(response.reason));
        }
    }
    if (response.status == 503) {
        responder.refuse(not_now());
    } else if (response.status >= 400) {
        const bool is_secret = response.status == 403;
        responder.refuse({response.status, is_secret ? "The signature does not fit." : "It cannot be read."});
    } else if (response.body.empty()) {
        responder.answer({.status = response.status});
    } else {
        responder.answer({.status = response.status, .content_type = "application/json", .body = response.body});
    }
}

void Workspace::on_limited() {
    host().log(MILLRACE_LOG_WARN, "Slack keeps events back: there are more than it brings of one workspace");
    on_gap(wheel().now_ms() + kLimitedMs);
}

void Workspace::on_gap(std::int64_t until_ms) {
    history_.catch_up(until_ms, wheel().now_ms());
    conversations_.gap([this](std::string_view key) { return !history_.knows(key); });
    begin_ticks();
}

void Workspace::on_found(const CatchUp::Found& found) {
    std::vector<Arrival> missed;
    for (const boost::json::value& message : found.messages) {
        if (!session_.take(as_delivery(found.room, message), {}) || session_.event().is_departure) continue;
        missed.push_back(arrival([](std::uint32_t) {}, true));
    }
    const bool has_gap = found.is_cut || (!found.failure.empty() && !found.is_gone);
    conversations_.insert(found.room, std::move(missed), has_gap);
}

// ---- What leaves

std::string Workspace::reply_to(const Event& event) {
    Address address{event.channel, event.thread, {}};
    if (!event.response_url.empty())
        address.response = sender_.response_urls().keep(event.response_url, stamp_, wheel().now_ms());
    return address.text();
}

void Workspace::send(const millrace::Outgoing& command, std::string_view address, std::string_view key,
                     millrace_id scope) {
    Sending sending;
    std::string why = to_sending(command, address, sending);
    sending.scope = scope;
    sending.scope_key = key;
    begin_ticks();
    if (!why.empty()) return done(sending, {Fate::rejected, std::move(why)});
    if (sender_.send(sending, wheel().now_ms())) return;
    done(sending, {Fate::rejected, "too much waits to be said there already"});
}

void Workspace::done(const Sending& sending, const Outcome& outcome) {
    has_news_ = true;
    done_.push_back({sending.scope_key, sending.scope, sending.size, sending.receipt, outcome,
                     sending.ids.empty() ? std::string() : sending.ids.front()});
}

void Workspace::tell_done() {
    sender_.kept().tell(host(), loop());
    for (const Done& it : std::exchange(done_, {})) {
        if (it.receipt != 0) {
            std::string fields;
            if (!it.message_id.empty()) {
                v1::Chat chat;
                chat.set_message_id(it.message_id);
                append_body(fields, chat);
            }
            host().report(loop(), {.receipt = it.receipt,
                                   .outcome = outcome_of(it.outcome.fate),
                                   .text = it.outcome.text,
                                   .fields = fields});
        } else if (it.outcome.fate != Fate::sent) {
            host().log(MILLRACE_LOG_WARN, "not said: " + it.outcome.text);
        }
        if (!it.key.empty())
            conversations_.sent(it.key, it.scope, it.size);
        else if (addresses_.is_open())
            host().written(addresses_.id(), it.size);
    }
}

// ---- The thread

void Workspace::on_turn() {
    if (std::exchange(is_turning_, true)) return;
    conversations_.run_due();
    sender_.pump(wheel().now_ms());
    if (is_known_ && !is_retired_ && !is_quiesced()) history_.pump(wheel().now_ms());
    tell_done();
    is_turning_ = false;
}

void Workspace::on_tick() {
    ServerThread::on_tick();
    const std::int64_t now_ms = wheel().now_ms();
    if (!is_known_ && !is_quiesced() && asking_.due_ms() && *asking_.due_ms() <= now_ms) ask_who_it_is();
    if (links_) links_->tick();
    history_.tick(now_ms);
    conversations_.look_at_names();
    tell_counts();
    has_news_ = false;
    if (!is_retired_) return;
    conversations_.close_idle();
    if (sender_.is_idle()) addresses_.end(host());
}

bool Workspace::wants_ticks() const {
    return links_ || is_retired_ || has_news_ || conversations_.size() != 0 || !sender_.is_idle() ||
           !history_.is_idle() || (!is_known_ && asking_.due_ms());
}

void Workspace::tell_trouble() {
    std::string trouble;
    for (const std::string* const each : {&account_trouble_, &link_trouble_, &history_trouble_}) {
        if (!trouble.empty() && !each->empty()) trouble += "; ";
        trouble += *each;
    }
    if (told_trouble_ == trouble) return;
    if (!trouble.empty()) host().log(MILLRACE_LOG_WARN, trouble);
    host().degraded(trouble);
    told_trouble_ = std::move(trouble);
}

void Workspace::tell_counts() {
    const auto gauge = [this](std::string_view name, auto value) { host().gauge(name, static_cast<double>(value)); };
    if (links_) gauge("connections", links_->ready());
    if (links_) gauge("connections_opened", links_->opened());
    gauge("conversations", conversations_.size());
    gauge("unmatched", conversations_.counts().unmatched);
    gauge("evicted", conversations_.counts().evicted);
    gauge("events_put_off", conversations_.counts().put_off);
    gauge("events_ignored", session_.counts().ignored);
    gauge("events_unreadable", session_.counts().unreadable);
    gauge("own_messages", session_.counts().mine);
    gauge("requests_refused_here", refusals_);
    gauge("messages_caught_up", history_.counts().found);
    gauge("rooms_not_caught_up", history_.counts().refused);
    gauge("waiting", sender_.waiting());
    gauge("messages_sent", sender_.counts().sent);
    gauge("messages_rejected", sender_.counts().rejected);
    gauge("messages_unknown", sender_.counts().unknown);
    gauge("calls_repeated", sender_.counts().retries);
    gauge("calls_limited", sender_.counts().limited);
}

}  // namespace millrace::chat::slack
