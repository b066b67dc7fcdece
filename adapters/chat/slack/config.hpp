#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "adapters/chat/slack/signature.hpp"
#include "adapters/common/http/settings.hpp"
#include "adapters/common/tls.hpp"
#include "millrace/keys.hpp"

namespace millrace::chat::slack {

// What happens comes as requests of Slack's: the Events API.
struct EventsSettings : http::ServerSettings {
    std::string path;
    std::string signing_secret;
    std::optional<std::string> next_signing_secret;

    static constexpr auto kKeys = std::tuple_cat(
        keys(key("path", &EventsSettings::path,
                 {.fallback = "/slack/events", .about = "of the URL that Slack was told to call, without its query"}),
             key("signing_secret", &EventsSettings::signing_secret,
                 {.form = Form::secret, .about = "of the app: Slack signs its requests with it"}),
             key("next_signing_secret", &EventsSettings::next_signing_secret,
                 {.form = Form::secret, .about = "another, while one takes the place of the other"})),
        http::ServerSettings::kKeys);

    // Slack waits 3 s for an answer.
    http::Limits limits() const;
};

struct ReconnectSettings {
    Duration initial{};
    Duration max{};

    static constexpr auto kKeys = keys(key("initial", &ReconnectSettings::initial,
                                           {.fallback = std::chrono::seconds(1),
                                            .min = std::chrono::milliseconds(10),
                                            .max = std::chrono::hours(1),
                                            .about = "after the first failure; doubled each time, with jitter"}),
                                       key("max", &ReconnectSettings::max,
                                           {.fallback = std::chrono::minutes(1),
                                            .min = std::chrono::milliseconds(10),
                                            .max = std::chrono::hours(24),
                                            .about = "the longest"}));
};

// What happens comes over connections that the gateway opens: Socket Mode.
struct SocketSettings {
    std::string app_token;
    std::size_t connections = 1;
    Duration connect_timeout{};
    Duration lost_after{};
    ReconnectSettings reconnect;

    static constexpr auto kKeys =
        keys(key("app_token", &SocketSettings::app_token,
                 {.form = Form::secret, .about = "`xapp-..`, with the scope connections:write"}),
             key("connections", &SocketSettings::connections,
                 {.fallback = 1, .min = 1, .max = 5, .about = "at a time; Slack brings each event over one of them"}),
             key("connect_timeout", &SocketSettings::connect_timeout,
                 {.fallback = std::chrono::seconds(20),
                  .min = std::chrono::milliseconds(100),
                  .max = std::chrono::minutes(5),
                  .about = "until Slack has said hello"}),
             key("lost_after", &SocketSettings::lost_after,
                 {.fallback = std::chrono::seconds(30),
                  .min = std::chrono::milliseconds(200),
                  .max = std::chrono::minutes(10),
                  .about = "so long a silence the connection is lost; after half of it Slack is asked"}),
             key("reconnect", &SocketSettings::reconnect, {.about = "when a connection that has failed is made anew"}));
};

// How messages leave.
struct SendSettings {
    std::uint32_t burst = 1;
    Duration interval{};
    std::uint32_t per_minute = 1;
    std::size_t waiting_max = 0;
    std::size_t bytes_max = 0;
    Duration timeout{};
    Duration retry_for{};

    static constexpr auto kKeys =
        keys(key("burst", &SendSettings::burst,
                 {.fallback = 4, .min = 1, .max = 10'000, .about = "that a room may be sent at once,"}),
             key("interval", &SendSettings::interval,
                 {.fallback = std::chrono::seconds(1),
                  .min = std::chrono::milliseconds(1),
                  .max = std::chrono::minutes(1),
                  .about = "then one each"}),
             key("per_minute", &SendSettings::per_minute,
                 {.fallback = 300, .min = 1, .max = 1'000'000, .about = "messages of the whole workspace"}),
             key("max_waiting", &SendSettings::waiting_max,
                 {.fallback = 1000, .min = 1, .max = 1'000'000, .about = "that may wait for a room; more are refused"}),
             key("max_bytes", &SendSettings::bytes_max,
                 {.fallback = 1 << 20, .form = Form::size, .min = 1024, .max = 1 << 30, .about = "of them"}),
             key("timeout", &SendSettings::timeout,
                 {.fallback = std::chrono::seconds(20),
                  .min = std::chrono::milliseconds(100),
                  .max = std::chrono::minutes(5),
                  .about = "for Slack's answer; then it is unknown whether it has the message"}),
             key("retry_for", &SendSettings::retry_for,
                 {.fallback = std::chrono::hours(1),
                  .max = std::chrono::hours(24),
                  .about = "what Slack does not take now is tried again for so long"}));
};

// The keys of a `type: slack` adapter; README.md says more of them.
struct Settings {
    explicit Settings(const Config& config);

    std::string bot_token;
    std::optional<EventsSettings> events;
    std::optional<SocketSettings> socket;
    std::string network;
    std::string api_url;
    std::optional<std::string> ca;
    std::optional<std::string> state;
    SendSettings send;
    bool takes_own = false;
    bool looks_up_names = true;
    std::size_t conversations_max = 0;
    Duration idle_timeout{};

    static constexpr auto kKeys =
        keys(key("bot_token", &Settings::bot_token, {.form = Form::secret, .about = "`xoxb-..`: who the gateway is"}),
             key("events", &Settings::events, {.about = "what happens comes as Slack's requests; this or `socket`"}),
             key("socket", &Settings::socket, {.about = "what happens comes over the gateway's connections"}),
             key("network", &Settings::network,
                 {.fallback = "slack", .about = "the name that messages and routes have for the workspace"}),
             key("api_url", &Settings::api_url, {.fallback = "https://slack.com/api", .about = "of the Web API"}),
             key("ca", &Settings::ca,
                 {.form = Form::content,
                  .otherwise = "those that the system trusts",
                  .about = "PEM: who signs the certificates of Slack's servers"}),
             key("state", &Settings::state, {.form = Form::path, .about = "a file of what is known after a restart"}),
             key("send", &Settings::send, {.about = "how messages leave"}),
             key("own_messages", &Settings::takes_own,
                 {.fallback = false, .about = "what the gateway's account says is routed too"}),
             key("names", &Settings::looks_up_names,
                 {.fallback = true, .about = "Slack is asked for the names of persons and rooms"}),
             key("max_conversations", &Settings::conversations_max,
                 {.fallback = 10'000, .min = 1, .max = 1'000'000, .about = "rooms and persons that are talking"}),
             key("idle_timeout", &Settings::idle_timeout,
                 {.fallback = std::chrono::hours(1),
                  .min = std::chrono::milliseconds(100),
                  .max = std::chrono::hours(24 * 30),
                  .about = "of a room or a person without a message"}));

    // What they say.
    std::optional<Signature> signature;         // Of `events`.
    std::shared_ptr<const TlsContext> dialing;  // Of connections of Socket Mode; null without `socket`.
};

}  // namespace millrace::chat::slack
