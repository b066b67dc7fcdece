#include "adapters/chat/irc/client.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <stdexcept>
#include <utility>

#include "adapters/common/timer_wheel.hpp"
#include "adapters/common/utf8.hpp"

namespace millrace::chat::irc {
namespace net = boost::asio;
using error_code = boost::system::error_code;

namespace {

constexpr std::int64_t kFarewellMs = 1'000;     // For the server to close the connection too.
constexpr std::int64_t kCountsEveryMs = 100;    // While something happens.
constexpr std::uint64_t kAddressesFactor = 16;  // So many rooms may be full, and others are still written to.
constexpr std::string_view kFarewell = "Millrace";

}  // namespace

Client::Client(AdapterHost host, const Settings& settings, Ledger& ledger)
    : host_(host), settings_(settings), io_(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO), work_(io_.get_executor()),
      timer_(io_), random_(std::random_device()()),
      reconnect_({.initial_ms = settings.reconnect.initial.count(), .max_ms = settings.reconnect.max.count()}),
      session_(settings.session, static_cast<Listener&>(*this), static_cast<std::uint32_t>(random_()), steady_ms()),
      sending_(host, session_, ledger), cursors_(ledger),
      conversations_(
          host, settings, cursors_, ledger.ids(),
          [this](const millrace::Outgoing& command, const Conversation& to) {
              sending_.take(command, to.name, to.scope, steady_ms());
          },
          [this](millrace_id scope) { sending_.forget(scope); }),
      addresses_([this](const millrace::Outgoing& command, millrace_id scope) {
          sending_.take(command, command.address, scope, steady_ms());
      }) {
    for (const Cursors::Recalled& it : cursors_.recall(settings.session.rooms)) session_.recall(it.room, it.heard_us);
}

Client::~Client() {
    if (thread_.joinable()) stop(std::chrono::milliseconds(0));
}

void Client::start() {
    std::promise<bool> attached;
    std::future<bool> is_attached = attached.get_future();
    thread_ = std::thread(&Client::run, this, std::move(attached));
    if (!is_attached.get()) throw std::runtime_error("the gateway refused a loop to the adapter's thread");
    net::post(io_, [this] {
        if (!is_quiesced_) connect();
        turn();
    });
}

void Client::run(std::promise<bool> attached) {
    loop_ = host_.attach(*this);
    conversations_.attach(loop_);
    sending_.attach(loop_);
    if (loop_) addresses_.open(host_, loop_, kAddressesFactor * settings_.queue_bytes);
    trouble_ = settings_.url.authority() + ": not reached yet";
    tell_troubles();
    attached.set_value(loop_ != nullptr);
    while (loop_ && !io_.stopped()) {
        try {
            io_.run();
        } catch (const std::exception& error) {
            host_.log(MILLRACE_LOG_ERROR, error.what());
        }
    }
    if (loop_) host_.detach(loop_);
}

void Client::retire() {
    net::post(io_, [this] {
        is_retired_ = true;
        turn();
    });
}

void Client::quiesce() {
    net::post(io_, [this] {
        is_quiesced_ = true;
        conversations_.quiesce();
        turn();
    });
}

void Client::stop(std::chrono::milliseconds deadline) {
    net::post(io_, [this, deadline] {
        is_quiesced_ = true;
        conversations_.quiesce();
        stop_due_ms_ = steady_ms() + deadline.count();
        turn();
    });
    if (thread_.joinable()) thread_.join();
}

void Client::wake() noexcept {
    if (is_woken_.exchange(true)) return;
    net::post(io_, [this] {
        is_woken_ = false;
        count_soon();
        host_.run(loop_);
        turn();
    });
}

// ---- The connection

void Client::connect() {
    ending_.reset();
    link_ = std::make_shared<Link>(io_, settings_, session_.output(), static_cast<Link::Owner&>(*this));
    link_->start();
}

void Client::on_connected() { session_.connected(steady_ms()); }

void Client::on_lines() { now_ms_ = steady_ms(); }

void Client::on_line(const Line& line) { session_.take(line, now_ms_); }

void Client::on_malformed() { ++malformed_; }

void Client::on_turn() {
    count_soon();
    turn();
}

void Client::on_ready() {
    const std::int64_t now_ms = steady_ms();
    reconnect_.connected(now_ms);
    trouble_.clear();
    refused_.clear();
    tell_troubles();
    tell_capabilities();
    host_.log(MILLRACE_LOG_INFO, "connected to " + settings_.url.authority() + " as " + as_name(session_.nick()) +
                                     "; it can " + to_json(session_.capabilities()));
    if (std::exchange(was_ready_, true)) conversations_.gap_of_persons();
}

void Client::on_ended(const Ending& ending) { ending_ = ending; }

void Client::on_closed(const std::string& why) {
    const std::int64_t now_ms = now_ms_ = steady_ms();
    const Ending ending = ending_.value_or(Ending{false, 0, why});
    link_.reset();
    session_.disconnected(now_ms);
    conversations_.keep(session_.wanted_rooms(), session_.isupport().casemapping());
    count_soon();
    if (!is_leaving_) {
        trouble_ = settings_.url.authority() + ": " + ending.why;
        if (ending.is_final)
            reconnect_.stop(ending.why);
        else
            reconnect_.failed(now_ms, static_cast<std::uint32_t>(random_()), ending.at_least_ms);
        if (ending.is_final) trouble_ += "; it is not tried again before the adapter is started or configured anew";
        host_.log(ending.is_final ? MILLRACE_LOG_ERROR : MILLRACE_LOG_WARN,
                  trouble_ + (ending.is_final ? "" : "; it is tried again"));
        tell_troubles();
    }
    turn();
}

// ---- What the session tells

void Client::on_entered(std::string_view room, std::string_view name) {
    const auto found = refused_.find(room);
    if (found != refused_.end()) {
        refused_.erase(found);
        tell_troubles();
    }
    host_.log(MILLRACE_LOG_INFO, "in " + as_name(name));
    conversations_.entered(room, name, steady_ms());
    const Roster::Room* entered = session_.roster().find_key(room);
    if (entered) cursors_.entered(room, entered->heard_us);
}

void Client::on_left(std::string_view room, std::string_view by, std::string_view why) {
    const std::string whose = by.empty() ? "" : ", thrown out by " + as_name(by);
    host_.log(MILLRACE_LOG_WARN, "no more in " + as_name(room) + whose + (why.empty() ? "" : ": " + shown(why)));
    conversations_.left(room);
}

void Client::on_refused(std::string_view room, std::uint16_t code, std::string_view why, bool again) {
    const std::string text = as_name(room) + " does not let the gateway in: " + shown(why) + " (" +
                             std::to_string(code) + ")" + (again ? "" : "; it is not tried again");
    host_.log(MILLRACE_LOG_WARN, text);
    refused_.insert_or_assign(std::string(room), text);
    tell_troubles();
    if (!again) conversations_.left(room);
}

void Client::on_event(const Event& event) { conversations_.take(event, session_.me(), now_ms_); }

void Client::on_gone(std::string_view person) { conversations_.left(person); }

void Client::on_gap(std::string_view room) { conversations_.gap(room); }

void Client::on_outcome(const Outcome& outcome) { sending_.take(outcome); }

// ---- The thread

// When no call into the gateway is under way: what was noted is done, what is to leave leaves.
void Client::turn() {
    const std::int64_t now_ms = steady_ms();
    conversations_.run_due(now_ms);
    if (!addresses_.is_open()) sending_.forget(addresses_.id());
    sending_.tell();
    if (is_retired_ || stop_due_ms_) leave_if_due(now_ms);
    if (link_ && ending_) link_->finish(kFarewellMs);
    if (link_) link_->write();
    arm(now_ms);
}

// What waits to be said leaves first, as long as there is time.
void Client::leave_if_due(std::int64_t now_ms) {
    const bool is_late = stop_due_ms_ && now_ms >= *stop_due_ms_;
    const bool can_say = link_ && session_.is_ready();
    if (can_say && !is_late && !sending_.is_idle()) return;
    if (!std::exchange(is_leaving_, true)) session_.quit(kFarewell, now_ms);
    if (link_ && (is_late || !ending_)) {
        link_->write();
        if (link_) link_->abandon();
        link_.reset();
    }
    if (!link_) end();
}

void Client::end() {
    session_.disconnected(steady_ms());
    sending_.lose();
    sending_.tell();
    cursors_.flush();
    if (stop_due_ms_) return io_.stop();
    conversations_.close_all();
    addresses_.end(host_);
}

void Client::on_timer() {
    const std::int64_t now_ms = now_ms_ = steady_ms();
    session_.tick(now_ms);
    conversations_.tick(now_ms);
    cursors_.tick(now_ms);
    const bool is_wanted = !is_quiesced_ && !is_retired_;
    if (!link_ && is_wanted && reconnect_.due_ms() && *reconnect_.due_ms() <= now_ms) connect();
    if (counts_due_ms_ && *counts_due_ms_ <= now_ms) {
        counts_due_ms_.reset();
        tell_counts();
    }
    turn();
}

// It may come too early, but never too late.
void Client::arm(std::int64_t now_ms) {
    if (io_.stopped()) return;
    std::optional<std::int64_t> next;
    const auto no_later = [&next](std::optional<std::int64_t> at_ms) {
        if (at_ms) next = std::min(next.value_or(*at_ms), *at_ms);
    };
    no_later(session_.next_ms(now_ms));
    no_later(conversations_.next_ms());
    no_later(cursors_.next_ms());
    no_later(counts_due_ms_);
    no_later(stop_due_ms_);
    if (!link_ && !is_quiesced_ && !is_retired_) no_later(reconnect_.due_ms());
    if (!next || (armed_ms_ && *armed_ms_ <= *next)) return;
    armed_ms_ = next;
    timer_.expires_after(std::chrono::milliseconds(std::max<std::int64_t>(*next - now_ms, 0)));
    timer_.async_wait([this](const error_code& error) {
        if (error) return;
        armed_ms_.reset();
        on_timer();
    });
}

void Client::tell_troubles() {
    std::string all = trouble_;
    for (const auto& [room, why] : refused_) {
        if (!all.empty()) all += "; ";
        all += why;
    }
    host_.degraded(all);
}

// They may change on a connection, and from one to the next.
void Client::tell_capabilities() {
    const Capabilities now = session_.capabilities();
    if (!session_.is_ready() || can_ == now) return;
    can_ = now;
    publish(now, [this](std::string_view name, double value) { host_.gauge(name, value); });
    conversations_.can(now);
}

void Client::count_soon() {
    if (!counts_due_ms_) counts_due_ms_ = steady_ms() + kCountsEveryMs;
}

void Client::tell_counts() {
    tell_capabilities();
    const Conversations::Counts& counts = conversations_.counts();
    host_.gauge("connected", session_.is_ready() ? 1 : 0);
    host_.gauge("rooms", static_cast<double>(session_.roster().rooms()));
    host_.gauge("conversations", static_cast<double>(conversations_.size()));
    host_.gauge("waiting", static_cast<double>(session_.outbound().waiting()));
    host_.gauge("not_said", static_cast<double>(sending_.refused()));
    host_.gauge("unmatched", static_cast<double>(counts.unmatched));
    host_.gauge("refused", static_cast<double>(counts.refused));
    host_.gauge("lost", static_cast<double>(counts.lost));
    host_.gauge("evicted", static_cast<double>(counts.evicted));
    host_.gauge("malformed", static_cast<double>(malformed_));
    host_.gauge("strays", static_cast<double>(session_.counts().strays));
    host_.gauge("ctcp_unanswered", static_cast<double>(session_.counts().unanswered));
}

}  // namespace millrace::chat::irc
