#include "adapters/sms/webhooks.hpp"

#include <utility>

#include "adapters/common/utf8.hpp"
#include "adapters/sms/delivery_status.hpp"
#include "adapters/sms/segments.hpp"
#include "millrace/v1/message.pb.h"

namespace millrace::sms {
namespace {

constexpr std::int64_t kRefusalToldEveryMs = 10'000;
constexpr std::uint64_t kAddressesBytesMax = 1024 * 1024;  // That wait for all addresses together.

// Of a code that is a number.
std::uint32_t number_of(const std::string& code) {
    std::uint32_t number = 0;
    for (const char c : code) {
        if (c < '0' || c > '9' || number > UINT32_MAX / 10 - 1) return 0;
        number = number * 10 + static_cast<std::uint32_t>(c - '0');
    }
    return number;
}

std::string sentence_of(std::string_view reason) {
    std::string sentence(reason);
    if (!sentence.empty() && sentence[0] >= 'a' && sentence[0] <= 'z')
        sentence[0] = static_cast<char>(sentence[0] - 'a' + 'A');
    return sentence + ".";
}

}  // namespace

Webhooks::Webhooks(const IoShared& io, http::ServerShared& server, const Settings& settings, Ledger& ledger)
    : ServerThread(io, server, 0), settings_(settings), ledger_(ledger),
      session_(SessionContext{*settings.provider, *settings.verifier, settings.words}), opt_outs_(ledger),
      sender_(settings, ledger, opt_outs_, home(),
              [this](const Sending& sending, const Answer& answer) {
                  done(sending, answer);
                  if (!is_turning_) run_due();
              }),
      reports_(ledger,
               [this](const Listener& it) {
                   if (it.receipt != 0 && it.scope.empty()) host().outcome(loop(), it.receipt, 0);
               }),
      parts_(settings.words, settings.parts_timeout.count()), addresses_([this](const Outgoing& command, millrace_id) {
          Sending sending;
          const std::string_view wrong = to_sending(command, settings_.send, sending);
          if (wrong.empty()) return send(std::move(sending));
          done(sending, {.fate = Fate::rejected, .text = std::string(wrong)});
      }),
      fetcher_(settings, io.host, home(),
               [this](const std::string& conversation) {
                   conversations_.on_fetched(conversation);
                   if (!is_turning_) run_due();
               }),
      conversations_(
          io.host, settings, wheel(), opt_outs_, fetcher_, [this](Sending sending) { send(std::move(sending)); },
          [this](const Sending& sending, const Answer& answer) { done(sending, answer); },
          [this](const Outbound& message) { return sender_.has(message); }),
      stamp_(std::to_string(io.host.now_us())), refusal_told_at_ms_(wheel().now_ms() - kRefusalToldEveryMs) {}

Webhooks::~Webhooks() { halt(); }

void Webhooks::on_begin() {
    conversations_.attach(loop());
    addresses_.open(host(), loop(), kAddressesBytesMax);
}

void Webhooks::on_end() {
    sender_.give_up();
    tell_done();
    conversations_.clear();
}

void Webhooks::on_retire() {
    is_retired_ = true;
    begin_ticks();
}

void Webhooks::on_quiesce() { conversations_.quiesce(); }

std::optional<http::Refusal> Webhooks::on_head(const http::Request& request, const http::Client&) {
    if (!settings_.url.covers(request.target)) return http::not_found();
    if (request.method != "GET" && request.method != "POST") return http::method_not_allowed("GET, POST");
    return std::nullopt;
}

void Webhooks::on_request(const http::Request& request, const http::Client&, http::Responder responder) {
    const std::string url = settings_.url.of(request.target);
    const auto response = session_.take({request.method, url, request.headers, request.body}, now_s());
    if (session_.is_unreadable()) bury(request.body);
    if (response) return refuse(responder, *response);
    std::vector<Event>& events = session_.events();
    const auto answering = std::make_shared<Answering>(std::move(responder), *settings_.provider, given_replies_,
                                                       events.front().body.event_key(), events.size());
    for (Event& event : events) take({std::move(event), answering});
    begin_ticks();
}

void Webhooks::take(Arrival arrival) {
    if (!arrival.event.is_message()) {
        const bool is_later = conversations_.is_quiesced();
        if (!is_later) heard_.push_back(std::move(arrival.event.body));
        if (arrival.answering->settle(is_later ? MILLRACE_RETRY : MILLRACE_ACK)) arrival.answering->answer();
    } else if (arrival.event.body.inbound().has_part()) {
        std::vector<Arrival> whole;
        parts_.take(std::move(arrival), wheel().now_ms(), whole);
        for (Arrival& it : whole) conversations_.take(std::move(it));
    } else {
        conversations_.take(std::move(arrival));
    }
}

// Its sender hears yes all the same: a person is to see it.
void Webhooks::bury(std::string_view body) {
    ++unreadable_;
    const std::string fields = session_.unread_fields();
    host().bury(loop(), {.key = "unreadable",
                         .payload_kind = is_utf8(body) ? MILLRACE_TEXT : MILLRACE_DATA,
                         .payload = body,
                         .fields = fields,
                         .reason = "unreadable",
                         .text = "a webhook of " + std::string(settings_.provider->name) +
                                 " that is signed and cannot be read"});
}

// Nothing of it goes to a consumer.
void Webhooks::refuse(const http::Responder& responder, const Response& response) {
    ++refusals_;
    if (wheel().now_ms() - refusal_told_at_ms_ >= kRefusalToldEveryMs) {
        refusal_told_at_ms_ = wheel().now_ms();
        host().log(MILLRACE_LOG_WARN, "a webhook is answered with " + std::to_string(response.status) + ": " +
                                          std::string(response.reason));
    }
    if (response.status < 400) {
        responder.answer({.status = response.status, .content_type = response.content_type, .body = response.body});
        return;
    }
    const bool is_secret = response.status == 403;
    responder.refuse({response.status, is_secret ? "The signature does not fit." : sentence_of(response.reason)});
}

void Webhooks::send(Sending sending) {
    if (sending.message.reference.empty()) sending.message.reference = stamp_ + "-" + std::to_string(++references_);
    begin_ticks();
    if (sender_.send(sending, wheel().now_ms())) return;
    done(sending, {.fate = Fate::rejected, .text = "too many messages wait for the provider"});
}

void Webhooks::on_turn() {
    if (std::exchange(is_turning_, true)) return;
    do {
        conversations_.run_due();
        sender_.pump(wheel().now_ms(), now_s());
        tell_done();
    } while (conversations_.has_due());
    is_turning_ = false;
}

void Webhooks::tell_done() {
    for (const Done& it : std::exchange(done_, {})) tell(it);
    for (const v1::Sms& it : std::exchange(heard_, {})) take_report(it);
}

// What has become of a message, and who is told what comes later.
void Webhooks::tell(const Done& it) {
    const Sending& sending = it.sending;
    if (sending.receipt != 0) {
        v1::Sms body;
        body.set_provider(std::string(settings_.provider->name));
        v1::Sms::Sending& said = *body.mutable_sending();
        said.mutable_message_ids()->Assign(it.answer.message_ids.begin(), it.answer.message_ids.end());
        said.set_code(it.answer.code);
        said.set_segments(it.answer.segments);
        said.set_predicted_segments(count_segments(sending.message.text).count);
        said.set_retry_after_ms(static_cast<std::uint64_t>(it.answer.retry_after_ms));
        said.set_opted_out(it.answer.is_opted_out);
        const Listener listener{sending.receipt, sending.asker, sending.asked_in};
        std::vector<v1::Sms> early;
        const bool is_final =
            it.answer.fate != Fate::sent || listener.asker.empty() ||
            !reports_.expect(listener, it.answer, sending.message.reference, {wheel().now_ms(), now_s()}, early);
        report(listener, outcome_of(it.answer.fate), body, it.answer.text, is_final);
        for (const v1::Sms& each : early) take_report(each);
    }
    if (!sending.scope_key.empty())
        conversations_.sent(sending);
    else if (addresses_.is_open())
        host().written(addresses_.id(), sending.size);
}

void Webhooks::take_report(const v1::Sms& body) {
    const std::optional<Reports::Report> known = reports_.take(body, wheel().now_ms());
    if (!known) return;
    const v1::Sms::Delivery& delivery = body.delivery();
    report(known->listener, outcome_of(delivery.status()), body, delivery.native_status(), known->is_final);
}

// Who asks from a conversation hears of it there, be it another one by then. Where this generation has retired, the
// next one opens them.
void Webhooks::report(const Listener& listener, std::uint32_t outcome, const v1::Sms& body, std::string_view text,
                      bool is_final) {
    v1::ChannelMessage fields;
    *fields.mutable_sms() = body;
    const std::string bytes = fields.SerializeAsString();
    const std::uint32_t code = number_of(body.has_sending() ? body.sending().code() : body.delivery().error_code());
    const bool is_here = !listener.scope.empty() && (!is_retired_ || conversations_.is_open(listener.scope));
    if (is_here && outcome != MILLRACE_LOST) {
        if (body.has_sending()) host().outcome(loop(), listener.receipt, 0);
        conversations_.tell(listener.scope, {listener.asker, outcome, code, std::string(text), bytes});
    } else if (listener.receipt != 0) {
        host().report(loop(), {listener.receipt, outcome, code, text, bytes, is_final});
    } else {
        host().report(loop(),
                      {.outcome = outcome, .code = code, .text = text, .fields = bytes, .asker = listener.asker});
    }
}

void Webhooks::on_tick() {
    ServerThread::on_tick();
    std::vector<Arrival> whole;
    parts_.give_up(wheel().now_ms(), whole);
    for (Arrival& it : whole) conversations_.take(std::move(it));
    conversations_.release_replies();
    reports_.forget_old(wheel().now_ms());
    ledger_.tend(now_s());
    tell_counts();
    if (!is_retired_) return;
    conversations_.close_idle();
    if (sender_.is_idle()) addresses_.end(host());
}

bool Webhooks::wants_ticks() const { return is_retired_ || conversations_.size() != 0 || !sender_.is_idle(); }

void Webhooks::tell_counts() {
    host().gauge("conversations", static_cast<double>(conversations_.size()));
    host().gauge("unmatched", static_cast<double>(conversations_.counts().unmatched));
    host().gauge("evicted", static_cast<double>(conversations_.counts().evicted));
    host().gauge("webhooks_refused", static_cast<double>(refusals_));
    host().gauge("webhooks_unreadable", static_cast<double>(unreadable_));
    host().gauge("webhooks_put_off", static_cast<double>(conversations_.counts().refused));
    host().gauge("opt_outs", static_cast<double>(ledger_.stopped()));
    host().gauge("reports_awaited", static_cast<double>(reports_.size()));
    host().gauge("reports_of_nobody", static_cast<double>(reports_.orphans() + conversations_.counts().untold));
    host().gauge("media_fetched", static_cast<double>(fetcher_.counts().fetched));
    host().gauge("media_failed", static_cast<double>(fetcher_.counts().failed));
    host().gauge("messages_waiting", static_cast<double>(sender_.waiting()));
    host().gauge("messages_sent", static_cast<double>(sender_.counts().sent));
    host().gauge("messages_rejected", static_cast<double>(sender_.counts().rejected));
    host().gauge("messages_unknown", static_cast<double>(sender_.counts().unknown));
    host().gauge("messages_retried", static_cast<double>(sender_.counts().retries));
}

}  // namespace millrace::sms
