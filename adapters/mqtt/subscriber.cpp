#include "adapters/mqtt/subscriber.hpp"

#include <MQTTAsync.h>

#include <utility>

#include "adapters/mqtt/paho.hpp"

namespace millrace::mqtt {
namespace {

::mqtt::subscribe_options options_of(const SubscriptionSettings& settings, Version version) {
    using Options = ::mqtt::subscribe_options;
    if (version != Version::v5) return {};
    const auto retained = settings.retained == "always"  ? Options::SEND_RETAINED_ON_SUBSCRIBE
                          : settings.retained == "never" ? Options::DONT_SEND_RETAINED
                                                         : Options::SEND_RETAINED_ON_NEW;
    return Options(Options::SUBSCRIBE_LOCAL, settings.retain_as_published, retained);
}

}  // namespace

Subscriber::Subscriber(const Settings& settings, std::uint16_t port, const std::string& nonce, Events events)
    : settings_(settings), events_(std::move(events)), connecting_(events_), subscribing_(events_),
      client_(paho_url(port), settings.client_id, paho_options(settings)) {
    fill(options_, settings, nonce);
    options_.set_keep_alive_interval(static_cast<int>(settings.keep_alive.count() / 1000));
    const bool is_clean = settings.clean_start;
    if (settings.protocol() == Version::v5) {
        options_.set_clean_start(is_clean);
        ::mqtt::properties properties;
        const auto expiry_s = static_cast<std::uint32_t>(settings.session_expiry.count() / 1000);
        properties.add({::mqtt::property::SESSION_EXPIRY_INTERVAL, static_cast<std::int32_t>(expiry_s)});
        options_.set_properties(properties);
    } else {
        options_.set_clean_session(is_clean);
    }
    if (settings.will.topic) {
        options_.set_will(
            ::mqtt::will_options(*settings.will.topic, settings.will.payload, settings.will.qos, settings.will.retain));
    }

    client_.set_connection_lost_handler([this](const std::string&) { events_.on_lost({}); });
    client_.set_message_callback([this](::mqtt::const_message_ptr message) {
        bool is_enough = false;
        {
            const std::lock_guard lock(mutex_);
            if (is_over_) return;
            delivered_.push_back(std::move(message));
            is_enough = delivered_.size() == 1 || delivered_.size() == wake_at.load(std::memory_order_relaxed);
        }
        if (is_enough) events_.on_messages();
    });
}

// What Paho has made of a message's properties lies in a heap of its own, which ends with its last client.
Subscriber::~Subscriber() {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
    delivered_.clear();
}

void Subscriber::connect() {
    subscribing_.begin(0);  // Paho says only now what became of those of the last connection.
    try {
        client_.connect(options_, nullptr, connecting_);
    } catch (const ::mqtt::exception& error) {
        events_.on_lost(error.what());
    }
}

void Subscriber::subscribe() {
    void* const round = subscribing_.begin(settings_.subscriptions.size());
    try {
        for (const auto& subscription : settings_.subscriptions)
            client_.subscribe(subscription.topic.filter(), subscription.options.qos, round, subscribing_,
                              options_of(subscription.options, settings_.protocol()));
    } catch (const ::mqtt::exception& error) {
        subscribing_.begin(0);
        events_.on_subscribed(error.what());
    }
}

void Subscriber::disconnect() {
    try {
        client_.disconnect();
    } catch (const ::mqtt::exception&) {
        return;  // There is no connection.
    }
}

std::size_t Subscriber::count() {
    const std::lock_guard lock(mutex_);
    return delivered_.size();
}

void Subscriber::take(std::vector<::mqtt::const_message_ptr>& messages) {
    messages.clear();
    const std::lock_guard lock(mutex_);
    messages.swap(delivered_);
}

void Subscriber::Connecting::on_success(const ::mqtt::token&) { events_.on_connected(); }

void Subscriber::Connecting::on_failure(const ::mqtt::token& token) { events_.on_lost(words_of(token)); }

void* Subscriber::Subscribing::begin(std::size_t count) {
    const std::lock_guard lock(mutex_);
    remaining_ = count;
    wrong_.clear();
    return reinterpret_cast<void*>(++round_);
}

void Subscriber::Subscribing::on_success(const ::mqtt::token& token) { end(token, {}); }

void Subscriber::Subscribing::on_failure(const ::mqtt::token& token) {
    const std::string& filter = (*token.get_topics())[0];
    const bool is_refused = code_of(token) >= 0x80 || token.get_return_code() == MQTT_BAD_SUBSCRIBE;
    end(token, is_refused ? "the broker does not let it subscribe to " + filter : words_of(token));
}

void Subscriber::Subscribing::end(const ::mqtt::token& token, const std::string& wrong) {
    std::string all;
    {
        const std::lock_guard lock(mutex_);
        if (reinterpret_cast<std::uintptr_t>(token.get_user_context()) != round_ || remaining_ == 0) return;
        if (!wrong.empty()) wrong_.append(wrong_.empty() ? "" : "; ").append(wrong);
        if (--remaining_ != 0) return;
        all = wrong_;
    }
    events_.on_subscribed(all);
}

}  // namespace millrace::mqtt
