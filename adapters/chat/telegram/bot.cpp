#include "adapters/chat/telegram/bot.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <charconv>
#include <future>
#include <random>
#include <utility>

#include "adapters/chat/common/normal_form.hpp"
#include "adapters/chat/telegram/calls.hpp"
#include "adapters/chat/telegram/normalise.hpp"
#include "adapters/common/crypto.hpp"

namespace millrace::chat::telegram {
namespace {

constexpr std::int64_t kToldEveryMs = 10'000;
constexpr std::uint64_t kAddressesFactor = 16;  // So many chats may be full, and others are still written to.
constexpr std::size_t kOtherRequestsMax = 64;   // The poll, and answers to callback queries.
constexpr std::chrono::seconds kPollGrace(10);  // On top of what the server may take.
constexpr std::string_view kOffset = "offset";  // The cursor of what is polled.
constexpr std::string_view kSecretHeader = "x-telegram-bot-api-secret-token";

// 0: there is none.
std::int64_t number_of(std::string_view text) {
    std::int64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return std::max<std::int64_t>(number, 0);
}

}  // namespace

Bot::Bot(const IoShared& io, http::ServerShared& server, const Settings& settings, Ledger& ledger)
    : ServerThread(io, server, 0), settings_(settings), ledger_(ledger),
      session_(settings.session(number_of(ledger.cursor(kOffset))), std::random_device{}()),
      client_(client_settings(), home()), sender_(
                                              settings, ledger, client_, guard_, steady_ms(),
                                              [this](const Sent& sent, const Outcome& outcome) {
                                                  done_.push_back({sent, outcome});
                                              },
                                              [this] { run_due(); }),
      conversations_(
          io.host, settings, wheel(), guard_,
          [this](const Outgoing& command, const Conversation& to) { send(command, to.place, to.id); },
          [this](millrace_id scope) {
              for (News& it : done_) it.sent.scope = it.sent.scope == scope ? 0 : it.sent.scope;
          }),
      addresses_([this](const Outgoing& command, millrace_id scope) { send_to_address(command, scope); }),
      malformed_told_at_ms_(steady_ms() - kToldEveryMs), unkept_told_at_ms_(malformed_told_at_ms_) {}

Bot::~Bot() { halt(); }

HttpClientSettings Bot::client_settings() const {
    HttpClientSettings client;
    client.ca = settings_.ca;
    client.requests_max = Sender::kRequestsMax + kOtherRequestsMax;
    return client;
}

void Bot::on_begin() {
    conversations_.attach(loop());
    addresses_.open(host(), loop(), kAddressesFactor * settings_.queue_bytes);
    tell_state();
    begin_ticks();
}

void Bot::on_end() {
    sender_.give_up();
    tell_done();
    conversations_.clear();
}

void Bot::on_retire() {
    is_retired_ = true;
    stop_asking();
}

void Bot::on_quiesce() {
    conversations_.quiesce();
    stop_asking();
}

void Bot::stop_calling(std::chrono::milliseconds grace) {
    std::promise<void> said;
    boost::asio::post(home(), [&] {
        if (const std::optional<Call> farewell = session_.farewell(); farewell && !is_retired_)
            client_.send(to_request(settings_.api, *farewell, std::min(grace, settings_.timeout)), [](const auto&) {});
        said.set_value();
    });
    said.get_future().wait();
    client_.stop(grace);
}

// ---- Updates

void Bot::ask() {
    if (is_retired_ || is_quiesced()) return;
    const std::optional<Session::Asking> asking = session_.ask(steady_ms());
    if (!asking) return;
    const auto timeout = std::max<Duration>(settings_.timeout, kPollGrace) + std::chrono::seconds(asking->timeout_s);
    asked_ = client_.send(to_request(settings_.api, asking->call, timeout),
                          [this](const HttpAnswer& http) { on_asked(http); });
    if (asked_ == 0) session_.cancelled();
}

void Bot::on_asked(const HttpAnswer& http) {
    asked_ = 0;
    if (is_retired_ || is_quiesced()) return session_.cancelled();
    const bool was_ready = session_.is_ready();
    const std::int64_t now_ms = steady_ms();
    const Reply reply = reply_of(settings_.api, http);
    const std::vector<Update> updates = session_.take(reply, now_ms);
    if (!was_ready && session_.is_ready()) {
        conversations_.be(session_.username().empty() ? session_.id() : session_.username());
        publish(kCapabilities, [this](std::string_view name, double value) { host().gauge(name, value); });
        host().log(MILLRACE_LOG_INFO, "connected to " + settings_.api.base_url + " as @" + session_.username() +
                                          "; it can " + to_json(kCapabilities));
    }
    for (const Update& update : updates)
        take(update, [this, id = update.id](bool) { session_.ended(id, steady_ms()); });
    tell_state();
    run_due();
}

// What it lies behind has met its class.
void Bot::keep_cursor() {
    if (session_.cursor() == kept_cursor_) return;
    kept_cursor_ = session_.cursor();
    if (!ledger_.move(kOffset, std::to_string(kept_cursor_))) tell_unkept();
}

void Bot::tell_unkept() {
    if (steady_ms() - unkept_told_at_ms_ < kToldEveryMs) return;
    unkept_told_at_ms_ = steady_ms();
    host().log(MILLRACE_LOG_ERROR, "`state` cannot be written: after a restart updates may come again");
}

void Bot::stop_asking() {
    if (asked_ != 0) client_.cancel(asked_);
}

void Bot::take(const Update& update, std::function<void(bool comes_again)> ended) {
    Normalised all = normalise(update, {session_.id(), session_.username()});
    if (!all.is_readable) count_malformed("an update is not as the Bot API has it, and passed over");
    if (all.migration) sender_.migrate(all.migration->first, all.migration->second);
    if (!all.press.empty()) {
        presses_.begin(all.press, steady_ms());
        ended = [this, press = all.press, ended = std::move(ended)](bool comes_again) {
            if (!comes_again) presses_.end(press);
            ended(comes_again);
        };
    }
    const auto unsettled = std::make_shared<Unsettled>(all.events.size(), std::move(ended));
    for (Event& event : all.events) {
        name_own(event.body, ledger_.ids(), event.place.id());
        conversations_.take({std::move(event), unsettled});
    }
}

std::optional<http::Refusal> Bot::on_head(const http::Request& request, const http::Client&) {
    if (!settings_.webhook || http::path_of(request.target) != settings_.webhook->path) return http::not_found();
    if (request.method != "POST") return http::method_not_allowed("POST");
    if (is_same_secret(*settings_.webhook->secret, request.header(kSecretHeader))) return std::nullopt;
    ++forbidden_;
    return http::forbidden("The secret token does not fit.");
}

void Bot::on_request(const http::Request& request, const http::Client&, http::Responder responder) {
    if (!session_.is_ready()) {
        responder.refuse(http::try_later("The bot is not ready yet."));
        return;
    }
    boost::json::value owner;
    const std::optional<Update> update = decode_update(request.body, owner);
    if (!update) {
        count_malformed("a webhook is no update, and passed over");
        responder.answer({.status = 200});
        return;
    }
    take(*update, [responder](bool comes_again) {
        if (comes_again)
            responder.refuse(http::try_later("The update cannot be taken now."));
        else
            responder.answer({.status = 200});
    });
}

void Bot::count_malformed(std::string_view what) {
    ++malformed_;
    if (steady_ms() - malformed_told_at_ms_ < kToldEveryMs) return;
    malformed_told_at_ms_ = steady_ms();
    host().log(MILLRACE_LOG_WARN, what);
}

// ---- Commands

void Bot::send(const Outgoing& command, const Place& place, millrace_id scope) {
    Command it;
    std::string why = read_command(command, place, scope, steady_ms(), it);
    const Sent sent = it.sent;
    if (why.empty() && !sender_.take(std::move(it), steady_ms())) why = "too much waits to be said there already";
    if (!why.empty()) done_.push_back({sent, {.fate = Fate::rejected, .text = why}});
}

void Bot::send_to_address(const Outgoing& command, millrace_id scope) {
    if (const std::optional<Place> place = Place::parse(command.address)) return send(command, *place, scope);
    const Sent sent{scope, command.payload.size() + command.body.size(), command.receipt};
    done_.push_back({sent, {.fate = Fate::rejected, .text = "its address is no chat of Telegram's"}});
}

void Bot::answer_presses() {
    while (const std::string* id = presses_.due(steady_ms())) {
        const Call answer = answer_to_callback(*id);
        if (client_.send(to_request(settings_.api, answer, settings_.timeout), [](const auto&) {}) == 0) return;
        presses_.answered();
    }
}

// ---- The thread

void Bot::on_turn() {
    if (std::exchange(is_turning_, true)) return;
    conversations_.run_due();
    sender_.pump(steady_ms());
    answer_presses();
    tell_done();
    keep_cursor();
    ask();
    is_turning_ = false;
}

void Bot::tell_done() {
    sender_.kept().tell(host(), loop());
    for (const auto& [sent, outcome] : std::exchange(done_, {})) {
        if (addresses_.is_open() && sent.scope == addresses_.id())
            host().written(sent.scope, sent.size);
        else if (sent.scope != 0)
            conversations_.sent(sent.scope, sent.size);
        if (sent.receipt != 0)
            host().outcome(loop(), sent.receipt, outcome_of(outcome.fate), static_cast<std::uint32_t>(outcome.code),
                           outcome.text);
    }
}

void Bot::on_tick() {
    ServerThread::on_tick();
    tell_counts();
    if (!is_retired_) return;
    conversations_.close_idle();
    if (sender_.is_idle()) addresses_.end(host());
}

void Bot::tell_state() {
    if (session_.trouble() == told_trouble_) return;
    told_trouble_ = session_.trouble();
    host().degraded(told_trouble_);
    if (!told_trouble_.empty() && !session_.is_stopped())
        host().log(MILLRACE_LOG_WARN, told_trouble_ + "; it is tried again");
    else if (!told_trouble_.empty())
        host().log(MILLRACE_LOG_ERROR, told_trouble_);
}

void Bot::tell_counts() {
    const Conversations::Counts& counts = conversations_.counts();
    const Sender::Counts& sent = sender_.counts();
    host().gauge("connected", session_.trouble().empty() ? 1 : 0);
    host().gauge("conversations", static_cast<double>(conversations_.size()));
    host().gauge("updates_open", static_cast<double>(session_.open()));
    host().gauge("conflicts", static_cast<double>(session_.conflicts()));
    host().gauge("malformed", static_cast<double>(malformed_ + session_.malformed()));
    host().gauge("webhooks_forbidden", static_cast<double>(forbidden_));
    host().gauge("unmatched", static_cast<double>(counts.unmatched));
    host().gauge("refused", static_cast<double>(counts.refused));
    host().gauge("put_off", static_cast<double>(counts.put_off));
    host().gauge("evicted", static_cast<double>(counts.evicted));
    host().gauge("messages_waiting", static_cast<double>(sender_.waiting()));
    host().gauge("messages_sent", static_cast<double>(sent.sent));
    host().gauge("messages_rejected", static_cast<double>(sent.rejected));
    host().gauge("messages_unknown", static_cast<double>(sent.unknown));
    host().gauge("calls_retried", static_cast<double>(sent.retries));
    host().gauge("calls_put_off", static_cast<double>(sent.put_off));
}

}  // namespace millrace::chat::telegram
