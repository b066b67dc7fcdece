#include "adapters/mqtt/publisher.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <random>
#include <utility>

#include "adapters/mqtt/normalise.hpp"
#include "adapters/mqtt/paho.hpp"
#include "adapters/mqtt/reasons.hpp"

namespace millrace::mqtt {
namespace net = boost::asio;

namespace {

constexpr std::size_t kOtherBytes = 300;  // At most, what a packet has beside what a publication is counted by.

GateSettings gate_settings(const Settings& settings, std::string nonce) {
    GateSettings gate = settings.gate(std::move(nonce));
    gate.session = {1, 1};
    gate.changes.topic_alias_max = 0;
    gate.changes.receive_maximum = 1;
    return gate;
}

std::uint64_t number_of(const ::mqtt::token& token) {
    return reinterpret_cast<std::uintptr_t>(token.get_user_context());
}

}  // namespace

Publisher::Publisher(AdapterHost host, net::io_context& io, const Settings& settings, std::string nonce, OnDone done,
                     OnTrouble on_trouble, std::function<void()> on_knock)
    : host_(host), io_(io), settings_(settings), done_(std::move(done)), on_trouble_(std::move(on_trouble)),
      on_knock_(std::move(on_knock)),
      relay_(io, settings, gate_settings(settings, nonce), static_cast<Relay::Owner&>(*this)),
      reconnect_(io, settings.reconnect), connecting_(*this), publishing_(*this),
      client_(paho_url(relay_.port()), settings.client_id + "-publish-" + std::to_string(std::random_device{}()),
              [&settings] {
                  ::mqtt::create_options options = paho_options(settings);
                  options.set_max_buffered_messages(static_cast<int>(settings.publish.window) + 1);
                  return options;
              }()) {
    fill(options_, settings, nonce);
    options_.set_keep_alive_interval(static_cast<int>(settings.keep_alive.count() / 1000));
    options_.set_max_inflight(static_cast<int>(settings.publish.window) + 1);
    if (settings.protocol() == Version::v5)
        options_.set_clean_start(true);
    else
        options_.set_clean_session(true);
    client_.set_connection_lost_handler([this](const std::string&) { net::post(io_, [this] { on_lost({}); }); });
    relay_.start();
    thread_ = std::thread(&Publisher::run, this);
}

Publisher::~Publisher() {
    {
        const std::lock_guard lock(mutex_);
        is_thread_over_ = true;
    }
    ordered_.notify_one();
    thread_.join();
    orders_.clear();
}

void Publisher::publish(Publication publication) {
    waiting_.push_back(std::move(publication));
    if (is_connected_) return pump();
    if (!is_connecting_ && !is_stopped_) connect();
}

void Publisher::connect() {
    is_connecting_ = true;
    try {
        client_.connect(options_, nullptr, connecting_);
    } catch (const ::mqtt::exception& error) {
        on_lost(error.what());
    }
}

void Publisher::on_connected(const Limits& limits) {
    if (is_stopped_) return;
    is_connecting_ = false;
    is_connected_ = true;
    is_fruitful_ = false;
    on_trouble_({});
    limits_ = limits;
    window_ = std::clamp<std::size_t>(limits.receive_maximum - 1, 1, settings_.publish.window);
    pump();
}

// What was on its way goes to the front again.
void Publisher::on_lost(const std::string& why) {
    const bool was_connected = std::exchange(is_connected_, false);
    const bool is_barren = was_connected && !is_fruitful_ && !on_their_way_.empty();
    for (auto it = on_their_way_.rbegin(); it != on_their_way_.rend(); ++it) waiting_.push_front(std::move(it->second));
    on_their_way_.clear();
    if (is_stopped_ || (!was_connected && !is_connecting_)) return;
    is_connecting_ = true;
    const std::string& reason = last_end_.empty() ? why : last_end_;
    const std::string what =
        "publishing to " + settings_.url.authority() + ": " + (reason.empty() ? "the connection is lost" : reason);
    host_.log(MILLRACE_LOG_WARN, what + "; it is tried again");
    on_trouble_(what);
    last_end_.clear();
    if (is_barren && ++barren_ == kBarrenMax) give_up_first();
    reconnect_.later([this] {
        if (!is_stopped_) connect();
    });
}

void Publisher::give_up_first() {
    barren_ = 0;
    const Publication first = std::move(waiting_.front());
    waiting_.pop_front();
    done_(first, MILLRACE_REJECTED, 0, "each time that it was published the connection ended");
}

// Nobody has subscribed to anything here, and nobody would take it.
void Publisher::on_passed(const Gate::Passed&, Version) {
    net::post(io_, [this] { break_off("the broker sends messages that nobody has asked for"); });
}

// Paho has not taken what it was handed.
void Publisher::break_off(const std::string& why) {
    if (!is_connected_) return;
    disconnect();
    on_lost(why);
}

void Publisher::disconnect() {
    try {
        client_.disconnect();
    } catch (const ::mqtt::exception&) {
        return;  // There is no connection.
    }
}

void Publisher::on_done(std::uint64_t number, std::uint32_t code, bool is_lost) {
    const auto found = on_their_way_.find(number);
    if (found == on_their_way_.end() || is_lost) return;  // It comes again, with all that the connection had.
    const Publication publication = std::move(found->second);
    on_their_way_.erase(found);
    is_fruitful_ = true;
    barren_ = 0;
    reconnect_.succeeded();
    const bool is_rejected = code >= 0x80;
    done_(publication, is_rejected ? MILLRACE_REJECTED : MILLRACE_SENT, is_rejected ? code : 0,
          is_rejected ? std::string(words_of(static_cast<Reason>(code))) : std::string());
    pump();
}

void Publisher::pump() {
    std::vector<Order> orders;
    while (is_connected_ && !waiting_.empty() && on_their_way_.size() < (barren_ == 0 ? window_ : 1)) {
        if (const std::string_view why = refusal(waiting_.front()); !why.empty()) {
            const Publication refused = std::move(waiting_.front());
            waiting_.pop_front();
            done_(refused, MILLRACE_REJECTED, 0, std::string(why));
            continue;
        }
        const std::uint64_t number = next_number_++;
        orders.push_back({number, make_message(waiting_.front())});
        on_their_way_.emplace(number, std::move(waiting_.front()));
        waiting_.pop_front();
    }
    if (orders.empty()) return;
    {
        const std::lock_guard lock(mutex_);
        std::ranges::move(orders, std::back_inserter(orders_));
    }
    ordered_.notify_one();
}

std::string_view Publisher::refusal(const Publication& publication) const {
    if (publication.qos > limits_.qos) return "the broker does not take its QoS";
    if (publication.retain && !limits_.keeps_retained) return "the broker keeps no messages";
    const std::size_t size = publication.topic.size() + publication.size + kOtherBytes;
    return size > limits_.packet_size ? "it is larger than what the broker takes" : std::string_view();
}

::mqtt::const_message_ptr Publisher::make_message(const Publication& publication) const {
    using ::mqtt::property;
    ::mqtt::properties properties;
    if (settings_.protocol() == Version::v5) {
        if (publication.is_text) properties.add({property::PAYLOAD_FORMAT_INDICATOR, 1});
        if (publication.expiry_s)
            properties.add({property::MESSAGE_EXPIRY_INTERVAL, static_cast<std::int32_t>(*publication.expiry_s)});
        if (!publication.content_type.empty()) properties.add({property::CONTENT_TYPE, publication.content_type});
        if (!publication.response_topic.empty()) properties.add({property::RESPONSE_TOPIC, publication.response_topic});
        if (publication.correlation_data)
            properties.add({property::CORRELATION_DATA, ::mqtt::binary_ref(*publication.correlation_data)});
        for (const auto& [name, value] : publication.user_properties)
            properties.add({property::USER_PROPERTY, name, value});
        if (publication.hops != 0)
            properties.add({property::USER_PROPERTY, std::string(kHopsProperty), std::to_string(publication.hops)});
        if (publication.id != 0)
            properties.add({property::USER_PROPERTY, std::string(kIdProperty), std::to_string(publication.id)});
    }
    return ::mqtt::message::create(publication.topic, ::mqtt::binary_ref(publication.payload), publication.qos,
                                   publication.retain, properties);
}

void Publisher::run() {
    std::unique_lock lock(mutex_);
    for (;;) {
        ordered_.wait(lock, [this] { return is_thread_over_ || !orders_.empty(); });
        if (is_thread_over_) return;
        const std::vector<Order> orders = std::exchange(orders_, {});
        lock.unlock();
        for (const Order& order : orders) {
            try {
                client_.publish(order.message, reinterpret_cast<void*>(order.number), publishing_);
            } catch (const ::mqtt::exception& error) {
                net::post(io_, [this, why = std::string(error.what())] { break_off(why); });
                break;
            }
        }
        lock.lock();
    }
}

void Publisher::stop() {
    is_stopped_ = true;
    is_connected_ = false;
    reconnect_.cancel();
    on_lost({});
    for (const Publication& publication : std::exchange(waiting_, {}))
        done_(publication, MILLRACE_LOST, 0, "the gateway stops");
    disconnect();
    relay_.stop();
}

void Publisher::Connecting::on_success(const ::mqtt::token& token) {
    using ::mqtt::property;
    Limits limits;
    const ::mqtt::connect_response response = token.get_connect_response();
    const ::mqtt::properties& properties = response.get_properties();
    if (properties.contains(property::RECEIVE_MAXIMUM))
        limits.receive_maximum = ::mqtt::get<std::uint16_t>(properties, property::RECEIVE_MAXIMUM);
    if (properties.contains(property::MAXIMUM_PACKET_SIZE))
        limits.packet_size = ::mqtt::get<std::uint32_t>(properties, property::MAXIMUM_PACKET_SIZE);
    if (properties.contains(property::MAXIMUM_QOS))
        limits.qos = ::mqtt::get<std::uint8_t>(properties, property::MAXIMUM_QOS);
    if (properties.contains(property::RETAIN_AVAILABLE))
        limits.keeps_retained = ::mqtt::get<std::uint8_t>(properties, property::RETAIN_AVAILABLE) != 0;
    net::post(publisher_.io_, [this, limits] { publisher_.on_connected(limits); });
}

void Publisher::Connecting::on_failure(const ::mqtt::token& token) {
    net::post(publisher_.io_, [this, why = words_of(token)] { publisher_.on_lost(why); });
}

void Publisher::Publishing::on_success(const ::mqtt::token& token) {
    net::post(publisher_.io_,
              [this, number = number_of(token), code = code_of(token)] { publisher_.on_done(number, code, false); });
}

void Publisher::Publishing::on_failure(const ::mqtt::token& token) {
    const std::uint32_t code = code_of(token);
    net::post(publisher_.io_,
              [this, number = number_of(token), code] { publisher_.on_done(number, code, code < 0x80); });
}

}  // namespace millrace::mqtt
