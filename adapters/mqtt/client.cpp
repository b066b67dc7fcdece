#include "adapters/mqtt/client.hpp"

#include <MQTTAsync.h>
#include <sys/random.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <chrono>
#include <stdexcept>
#include <utility>

#include "adapters/common/utf8.hpp"

namespace millrace::mqtt {
namespace net = boost::asio;
using error_code = boost::system::error_code;

namespace {

constexpr std::chrono::microseconds kBatch(300);

std::string make_nonce() {
    constexpr char kDigits[] = "0123456789abcdef";
    unsigned char bytes[24];
    if (::getrandom(bytes, sizeof bytes, 0) != sizeof bytes)
        throw std::runtime_error("the system gives no random numbers");
    std::string nonce;
    for (const unsigned char byte : bytes) nonce += {kDigits[byte >> 4], kDigits[byte & 15]};
    return nonce;
}

}  // namespace

Client::Client(AdapterHost host, const Settings& settings)
    : host_(host), settings_(settings), io_(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO), work_(io_.get_executor()),
      tick_timer_(io_), batch_timer_(io_), wheel_(steady_ms()), reconnect_(io_, settings.reconnect),
      addresses_([this](const millrace::Outgoing& command, millrace_id scope) { publish(command, {}, scope); }),
      topics_(host, settings, wheel_,
              [this](const millrace::Outgoing& command, const std::string& key, millrace_id scope) {
                  publish(command, key, scope);
              }) {
    const std::string nonce = make_nonce();
    relay_ = std::make_unique<Relay>(io_, settings, settings.gate(nonce), static_cast<Relay::Owner&>(*this));
    ::MQTTAsync_setTraceLevel(MQTTASYNC_TRACE_ERROR);  // Below it each call takes a lock of the whole process.
    const auto on_loop = [this](auto member) {
        return [this, member](std::string why) {
            net::post(io_, [this, member, why = std::move(why)] { (this->*member)(why); });
        };
    };
    const auto on_messages = [this] {
        if (!is_message_woken_.exchange(true)) net::post(io_, [this] { wake_lazily(); });
    };
    subscriber_ = std::make_unique<Subscriber>(
        settings, relay_->port(), nonce,
        Subscriber::Events{.on_messages = on_messages,
                           .on_connected = [this] { net::post(io_, [this] { on_connected(); }); },
                           .on_lost = on_loop(&Client::on_lost),
                           .on_subscribed = on_loop(&Client::on_subscribed)});
    publisher_ = std::make_unique<Publisher>(
        host, io_, settings, make_nonce(), [this](const auto&... what) { published(what...); },
        [this](const std::string& why) { set_trouble(Part::publisher, why); }, [this] { relay_->nudge_library(); });
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
        addresses_.open(host_, loop_, settings_.send_bytes_max);
        relay_->start();
        tick();
        set_trouble(Part::subscriber, settings_.url.authority() + ": not reached yet");
        subscriber_->connect();
    });
}

void Client::run(std::promise<bool> attached) {
    loop_ = host_.attach(*this);
    topics_.attach(loop_);
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
        is_quiesced_ = is_retired_ = true;
        reconnect_.cancel();
        subscriber_->disconnect();
        topics_.leave_rest();
    });
}

void Client::quiesce() {
    net::post(io_, [this] {
        is_quiesced_ = true;
        topics_.quiesce();
        reconnect_.cancel();
    });
}

void Client::stop(std::chrono::milliseconds deadline) {
    net::post(io_, [this, deadline] {
        is_quiesced_ = true;
        stop_due_ms_ = steady_ms() + deadline.count();
        if (publisher_->is_idle()) say_goodbye();
    });
    if (thread_.joinable()) thread_.join();
}

// A broker that is not told publishes the will.
void Client::say_goodbye() {
    if (std::exchange(is_leaving_, true)) return;
    if (!relay_->has_link()) return end();
    subscriber_->disconnect();
}

// Publications that have not left are lost with it.
void Client::end() {
    publisher_->stop();
    tell_published();
    relay_->stop();
    io_.stop();
}

void Client::wake() noexcept {
    if (is_woken_.exchange(true)) return;
    net::post(io_, [this] {
        is_woken_ = false;
        host_.run(loop_);
        settle();
    });
}

// ---- The connection

void Client::on_connected() {
    if (is_quiesced_) return subscriber_->disconnect();
    is_connected_ = true;
    if (session_present_ && has_subscribed_) return on_subscribed({});
    subscribe();
}

void Client::subscribe() {
    subscribe_due_ms_ = steady_ms() + settings_.connect_timeout.count();
    subscriber_->subscribe();
}

void Client::on_subscribed(const std::string& why) {
    subscribe_due_ms_ = KeepAlive::kNever;
    if (!why.empty()) {
        host_.log(MILLRACE_LOG_ERROR, why + "; it is tried again");
        set_trouble(Part::subscriber, why);
        return reconnect_.later([this] {
            if (is_connected_ && !is_quiesced_) subscribe();
        });
    }
    has_subscribed_ = true;
    reconnect_.succeeded();
    set_trouble(Part::subscriber, {});
    host_.log(MILLRACE_LOG_INFO, "connected to " + settings_.url.authority() +
                                     (session_present_ ? ", the session goes on" : ", with a new session"));
}

void Client::on_lost(const std::string& why) {
    is_connected_ = false;
    subscribe_due_ms_ = KeepAlive::kNever;
    if (is_quiesced_) return;
    const std::string& reason = last_end_.empty() ? why : last_end_;
    const std::string what = settings_.url.authority() + ": " + (reason.empty() ? "the connection is lost" : reason);
    host_.log(MILLRACE_LOG_WARN, what + "; it is tried again");
    set_trouble(Part::subscriber, what);
    last_end_.clear();
    reconnect_.later([this] { connect(); });
}

void Client::set_trouble(Part part, const std::string& what) {
    troubles_[static_cast<std::size_t>(part)] = what;
    const auto& [subscriber, publisher] = troubles_;
    host_.degraded(subscriber + (subscriber.empty() || publisher.empty() ? "" : "; ") + publisher);
}

// What earlier connections have left may stand still; a broker that has lost their session sends as much again.
void Client::connect() {
    if (is_quiesced_) return;
    if (!topics_.is_overfull()) return subscriber_->connect();
    set_trouble(Part::subscriber,
                "it does not connect: the gateway has not settled what earlier connections have left");
    reconnect_.later([this] { connect(); });
}

std::uint64_t Client::on_link() {
    take_messages();
    last_end_.clear();
    return topics_.end_link(relay_->gate().next_number());
}

void Client::on_open(const Gate& gate) {
    session_present_ = gate.session_present();
    topics_.begin_link(session_present_);
    if (!session_present_ && std::exchange(has_subscribed_, false)) topics_.tell_gap();
}

void Client::on_end(const std::string& why) {
    last_end_ = why;
    if (is_leaving_) net::post(io_, [this] { end(); });
}

// ---- Messages

void Client::on_passed(const Gate::Passed& passed, Version version) { topics_.passed(passed, version); }

void Client::on_read() {
    const std::uint32_t unsettled = relay_->gate().unsettled();
    subscriber_->wake_at.store(std::max(unsettled / 2, 1U), std::memory_order_relaxed);
}

// A wake-up costs as much as several messages: few wait for more to come, where more are on their way.
void Client::wake_lazily() {
    is_message_woken_ = false;
    if (subscriber_->count() >= subscriber_->wake_at.load(std::memory_order_relaxed)) return take_messages();
    if (std::exchange(is_batching_, true)) return;
    batch_timer_.expires_after(kBatch);
    batch_timer_.async_wait([this](const error_code& error) {
        is_batching_ = false;
        if (!error) take_messages();
    });
}

void Client::take_messages() {
    subscriber_->take(delivered_);
    for (auto& message : delivered_) {
        if (topics_.delivered(std::move(message))) continue;
        subscriber_->disconnect();
        on_lost("the library delivers what it was not given");
        break;
    }
    settle();
}

// What handlers have caused leaves in one write.
void Client::settle() {
    topics_.run_due();
    std::vector<Gate::Settled>& settled = topics_.settled();
    if (settled.empty()) return;
    relay_->settle(settled);
    settled.clear();
}

// ---- What consumers send

// Within a call of the gateway's, which is told of nothing meanwhile.
void Client::publish(const millrace::Outgoing& command, const std::string& key, millrace_id scope) {
    Publication publication;
    publication.scope_key = key;
    publication.scope = scope;
    const std::string_view wrong = to_publication(command, settings_.publish, publication);
    if (wrong.empty()) return publisher_->publish(std::move(publication));
    published(publication, MILLRACE_REJECTED, 0, std::string(wrong));
}

void Client::published(const Publication& publication, std::uint32_t outcome, std::uint32_t code,
                       const std::string& text) {
    if (outcome == MILLRACE_REJECTED && wheel_.now_ms() - refusal_told_at_ms_ >= kRefusalToldEveryMs) {
        refusal_told_at_ms_ = wheel_.now_ms();
        host_.log(MILLRACE_LOG_WARN, "`" + as_name(publication.topic) + "` is not published: " + text);
    }
    if (published_.empty()) net::post(io_, [this] { tell_published(); });
    published_.push_back({publication, outcome, code, text});
}

void Client::tell_published() {
    for (const Published& it : std::exchange(published_, {})) {
        const Publication& publication = it.publication;
        if (publication.receipt != 0) host_.outcome(loop_, publication.receipt, it.outcome, it.code, it.text);
        if (!publication.scope_key.empty())
            topics_.published(publication.scope_key, publication.scope, publication.size);
        else if (addresses_.is_open())
            host_.written(publication.scope, publication.size);
    }
}

void Client::tick() {
    const std::int64_t now_ms = steady_ms();
    wheel_.advance(now_ms);
    relay_->tick(now_ms);
    publisher_->tick(now_ms);
    settle();
    tell_counts();
    if (is_retired_) topics_.close_idle();
    if (is_retired_ && publisher_->is_idle()) addresses_.end(host_);
    if (is_connected_ && now_ms >= subscribe_due_ms_) {
        subscriber_->disconnect();
        on_lost("the broker did not answer SUBSCRIBE in time");
    }
    if (stop_due_ms_ && now_ms >= *stop_due_ms_) return end();
    if (stop_due_ms_ && publisher_->is_idle()) say_goodbye();
    tick_timer_.expires_after(std::chrono::milliseconds(TimerWheel::kTickMs));
    tick_timer_.async_wait([this](const error_code& error) {
        if (!error) tick();
    });
}

void Client::tell_counts() {
    host_.gauge("connected", is_connected_ ? 1 : 0);
    host_.gauge("unsettled", relay_->gate().unsettled());
    host_.gauge("topics", static_cast<double>(topics_.scopes()));
    host_.gauge("unmatched", static_cast<double>(topics_.counts().unmatched));
    host_.gauge("evicted", static_cast<double>(topics_.counts().evicted));
    host_.gauge("oversized", static_cast<double>(relay_->gate().counts().oversized));
    host_.gauge("dropped_qos_0", static_cast<double>(topics_.counts().dropped));
}

}  // namespace millrace::mqtt
