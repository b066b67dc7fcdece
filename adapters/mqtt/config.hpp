#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "adapters/common/server_url.hpp"
#include "adapters/common/tls.hpp"
#include "adapters/mqtt/gate.hpp"
#include "adapters/mqtt/scoping.hpp"
#include "adapters/mqtt/topic.hpp"
#include "millrace/keys.hpp"

namespace millrace::mqtt {

// One of `subscribe`.
struct SubscriptionSettings {
    std::string topic;
    std::uint8_t qos = 1;
    std::string retained = "new";
    bool retain_as_published = false;

    static constexpr auto kKeys =
        keys(key("topic", &SubscriptionSettings::topic, {.about = "a filter, in which `{name}` is a named `+`"}),
             key("qos", &SubscriptionSettings::qos, {.fallback = 1, .min = 0, .max = 2, .about = "the highest"}),
             key("retained", &SubscriptionSettings::retained,
                 {.fallback = "new",
                  .choices = {"new", "always", "never"},
                  .about = "whether what the broker keeps comes with the subscription; of a broker of 5"}),
             key("retain_as_published", &SubscriptionSettings::retain_as_published,
                 {.fallback = false, .about = "`retained` also says what is to be kept; of a broker of 5"}));
};

// Who the gateway is to the broker.
struct AuthSettings {
    std::optional<std::string> username;
    std::optional<std::string> password;

    static constexpr auto kKeys =
        keys(key("username", &AuthSettings::username, {.about = "of the account"}),
             key("password", &AuthSettings::password, {.form = Form::secret, .about = "of the account"}));
};

// What may be in the gateway without having come to its end.
struct InFlightSettings {
    std::uint32_t messages = 4096;
    std::uint64_t bytes = 64 << 20;

    static constexpr auto kKeys =
        keys(key("messages", &InFlightSettings::messages, {.fallback = 4096, .min = 1, .max = 65'536}),
             key("bytes", &InFlightSettings::bytes,
                 {.fallback = 64 << 20, .form = Form::size, .min = 1, .max = std::int64_t{1} << 32}));
};

// When a connection that has failed is made anew.
struct ReconnectSettings {
    Duration initial{};
    Duration max{};

    static constexpr auto kKeys = keys(key("initial", &ReconnectSettings::initial,
                                           {.fallback = std::chrono::milliseconds(500),
                                            .min = std::chrono::milliseconds(10),
                                            .max = std::chrono::hours(1),
                                            .about = "after the first failure; doubled each time, with jitter"}),
                                       key("max", &ReconnectSettings::max,
                                           {.fallback = std::chrono::seconds(30),
                                            .min = std::chrono::milliseconds(10),
                                            .max = std::chrono::hours(24),
                                            .about = "the longest"}));
};

// What the broker publishes where the connection breaks.
struct WillSettings {
    std::optional<std::string> topic;
    std::string payload;
    std::uint8_t qos = 0;
    bool retain = false;

    static constexpr auto kKeys =
        keys(key("topic", &WillSettings::topic, {.about = "where to; without it there is no will"}),
             key("payload", &WillSettings::payload, {.fallback = "", .about = "its text"}),
             key("qos", &WillSettings::qos, {.fallback = 0, .min = 0, .max = 2, .about = "of the will"}),
             key("retain", &WillSettings::retain, {.fallback = false, .about = "the broker keeps it"}));
};

// How what consumers send is published.
struct PublishSettings {
    std::uint8_t qos = 1;
    bool retain = false;
    std::uint32_t window = 100;

    static constexpr auto kKeys = keys(
        key("qos", &PublishSettings::qos, {.fallback = 1, .min = 0, .max = 2, .about = "where a command does not say"}),
        key("retain", &PublishSettings::retain, {.fallback = false, .about = "where a command does not say"}),
        key("window", &PublishSettings::window,
            {.fallback = 100,
             .min = 1,
             .max = 1000,
             .unit = "messages",
             .about = "on their way at a time; kept below the broker's receive maximum"}));
};

// The keys of a `type: mqtt` adapter; README.md says more of them.
struct Settings {
    explicit Settings(const Config& config);

    std::string url_text;
    TlsClientSettings tls;
    std::string version;
    std::string client_id;
    std::vector<std::variant<std::string, SubscriptionSettings>> subscribe;
    std::string scope;
    AuthSettings auth;
    WillSettings will;
    InFlightSettings in_flight;
    ReconnectSettings reconnect;
    PublishSettings publish;
    std::uint16_t receive_maximum;
    std::uint16_t topic_alias_max;
    std::uint32_t packet_bytes_max;
    std::uint32_t scopes_max;
    std::uint64_t send_bytes_max;
    bool clean_start;
    Duration session_expiry;
    Duration keep_alive;
    Duration connect_timeout;
    Duration idle_timeout;
    Duration settle_deadline;

    static constexpr auto kKeys = keys(
        key("url", &Settings::url_text, {.about = "mqtt://HOST:PORT, or with TLS mqtts://HOST:PORT"}),
        key("tls", &Settings::tls, {.about = "of an mqtts broker"}),
        key("version", &Settings::version, {.fallback = "5", .choices = {"5", "3.1.1"}, .about = "of the protocol"}),
        key("client_id", &Settings::client_id, {.about = "that the broker keeps the session under"}),
        key("subscribe", &Settings::subscribe, {.required = true, .about = "topics, or maps of topic and qos"}),
        key("scope", &Settings::scope,
            {.fallback = "topic", .about = "topic, client, or a template such as plant/{line}/#"}),
        key("auth", &Settings::auth, {.about = "who the gateway is"}),
        key("will", &Settings::will, {.about = "what the broker publishes where the connection breaks"}),
        key("clean_start", &Settings::clean_start,
            {.fallback = false, .about = "forget the session; what was published meanwhile is lost"}),
        key("session_expiry", &Settings::session_expiry,
            {.fallback = std::chrono::hours(24),
             .max = std::chrono::hours(24 * 365),
             .about = "how long a broker of 5 keeps the session without a connection"}),
        key("keep_alive", &Settings::keep_alive,
            {.fallback = std::chrono::seconds(60),
             .min = std::chrono::seconds(1),
             .max = std::chrono::seconds(65'535),
             .about = "without a sign of life"}),
        key("in_flight", &Settings::in_flight, {.about = "above it the broker is not read"}),
        key("receive_maximum", &Settings::receive_maximum,
            {.fallback = 1024,
             .min = 1,
             .max = 65'535,
             .unit = "messages",
             .about = "unacknowledged, of a broker of 5"}),
        key("topic_aliases", &Settings::topic_alias_max,
            {.fallback = 16, .min = 0, .max = 65'535, .about = "that a broker of 5 may use"}),
        key("max_packet", &Settings::packet_bytes_max,
            {.fallback = 4 << 20, .form = Form::size, .min = 1024, .max = 128 << 20, .about = "with its topic"}),
        key("connect_timeout", &Settings::connect_timeout,
            {.fallback = std::chrono::seconds(30),
             .min = std::chrono::milliseconds(100),
             .max = std::chrono::hours(1),
             .about = "until the broker has answered"}),
        key("reconnect", &Settings::reconnect, {.about = "when a connection that has failed is made anew"}),
        key("max_scopes", &Settings::scopes_max,
            {.fallback = 100'000, .min = 1, .max = 1'000'000, .unit = "topics", .about = "open at a time"}),
        key("idle_timeout", &Settings::idle_timeout,
            {.fallback = std::chrono::minutes(10),
             .min = std::chrono::milliseconds(100),
             .max = std::chrono::hours(24 * 30),
             .about = "of a topic without a message"}),
        key("settle_deadline", &Settings::settle_deadline,
            {.fallback = std::chrono::seconds(30),
             .min = std::chrono::milliseconds(100),
             .max = std::chrono::hours(24),
             .about = "after it an `acked` message that fails is a dead letter"}),
        key("publish", &Settings::publish, {.about = "how what consumers send is published"}),
        key("send_buffer", &Settings::send_bytes_max,
            {.fallback = 1 << 20,
             .form = Form::size,
             .min = 1024,
             .max = 1024 << 20,
             .about = "what may wait to be published for a topic"}));

    struct Subscription {
        TopicTemplate topic;
        SubscriptionSettings options;
    };

    ServerUrl url;                                  // What `url` says,
    std::vector<Subscription> subscriptions;        // `subscribe`,
    Scoping scoping;                                // `scope`,
    std::shared_ptr<const TlsContext> tls_context;  // and `tls`: null where there is none.

    Version protocol() const { return version == "5" ? Version::v5 : Version::v3_1_1; }

    // What a gate needs to know. The nonce is the caller's, new at each start.
    GateSettings gate(std::string nonce) const;
};

}  // namespace millrace::mqtt
