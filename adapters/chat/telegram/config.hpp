#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "adapters/chat/common/capabilities.hpp"
#include "adapters/chat/telegram/api.hpp"
#include "adapters/chat/telegram/session.hpp"
#include "adapters/common/http/settings.hpp"
#include "millrace/keys.hpp"

namespace millrace::chat::telegram {

// Updates that the server sends by itself.
struct WebhookSettings : http::ServerSettings {
    std::string path;
    std::optional<std::string> secret;
    std::optional<std::string> public_url;

    static constexpr auto kKeys = std::tuple_cat(
        keys(key("path", &WebhookSettings::path, {.fallback = "/", .about = "of the requests"}),
             key("secret", &WebhookSettings::secret,
                 {.form = Form::secret, .about = "that each request has in X-Telegram-Bot-Api-Secret-Token"}),
             key("public_url", &WebhookSettings::public_url,
                 {.about = "that the server is told to call, at each start; without it somebody else tells it"})),
        http::ServerSettings::kKeys);
};

// How fast calls leave that say something.
struct PaceSettings {
    std::int64_t account_per_s;
    std::int64_t chat_per_s;
    std::int64_t group_per_min;

    static constexpr auto kKeys = keys(
        key("account", &PaceSettings::account_per_s,
            {.fallback = 30, .min = 1, .max = 1'000, .unit = "calls a second", .about = "in all"}),
        key("chat", &PaceSettings::chat_per_s,
            {.fallback = 1, .min = 1, .max = 1'000, .unit = "calls a second", .about = "in one chat"}),
        key("group", &PaceSettings::group_per_min,
            {.fallback = 20, .min = 1, .max = 60'000, .unit = "calls a minute", .about = "in one group or channel"}));
};

// When what has failed is tried again.
struct ReconnectSettings {
    Duration initial{};
    Duration max{};

    static constexpr auto kKeys = keys(key("initial", &ReconnectSettings::initial,
                                           {.fallback = std::chrono::seconds(1),
                                            .min = std::chrono::milliseconds(10),
                                            .max = std::chrono::hours(1),
                                            .about = "after the first failure; doubled each time, with jitter"}),
                                       key("max", &ReconnectSettings::max,
                                           {.fallback = std::chrono::minutes(5),
                                            .min = std::chrono::milliseconds(10),
                                            .max = std::chrono::hours(24),
                                            .about = "the longest"}));
};

// The keys of a `type: telegram` adapter; README.md says more of them.
struct Settings {
    explicit Settings(const Config& config);

    std::optional<std::string> token;
    std::string api_url;
    std::optional<std::string> ca;
    std::string network;
    std::optional<WebhookSettings> webhook;
    Duration poll_timeout;
    std::vector<std::string> allowed_updates;
    std::optional<std::string> state;
    Duration settle_deadline;
    bool takes_own;
    std::size_t scopes_max;
    Duration scope_timeout;
    PaceSettings pace;
    std::uint32_t queue_messages;
    std::uint64_t queue_bytes;
    Duration timeout;
    Duration retry_for;
    ReconnectSettings reconnect;

    static constexpr auto kKeys = keys(
        key("token", &Settings::token, {.form = Form::secret, .about = "of the bot, as BotFather gives it"}),
        key("api", &Settings::api_url, {.fallback = "https://api.telegram.org", .about = "where the Bot API is"}),
        key("ca", &Settings::ca,
            {.form = Form::content,
             .otherwise = "those that the system trusts",
             .about = "PEM: who signs the server's certificate"}),
        key("network", &Settings::network,
            {.fallback = "telegram", .about = "the name that messages and routes have for it"}),
        key("webhook", &Settings::webhook, {.about = "the server sends updates by itself; without it, it is polled"}),
        key("poll_timeout", &Settings::poll_timeout,
            {.fallback = std::chrono::seconds(50),
             .min = std::chrono::seconds(1),
             .max = std::chrono::seconds(50),
             .about = "how long a poll waits for something"}),
        key("allowed_updates", &Settings::allowed_updates,
            {.about = "that the server is asked for; without it, all that README.md speaks of"}),
        key("state", &Settings::state,
            {.form = Form::path, .about = "a file of how far was polled, of what was sent and of groups that moved"}),
        key("settle_deadline", &Settings::settle_deadline,
            {.fallback = std::chrono::seconds(30),
             .min = std::chrono::milliseconds(100),
             .max = std::chrono::hours(24),
             .about = "of polling: after it an `acked` message that fails is a dead letter"}),
        key("own_messages", &Settings::takes_own,
            {.fallback = false, .about = "what the bot itself says is routed too, where the server repeats it"}),
        key("max_scopes", &Settings::scopes_max,
            {.fallback = 10'000, .min = 1, .max = 1'000'000, .about = "chats and topics that are talking"}),
        key("scope_timeout", &Settings::scope_timeout,
            {.fallback = std::chrono::hours(1),
             .min = std::chrono::milliseconds(100),
             .max = std::chrono::hours(24 * 30),
             .about = "without a message, until a chat's or topic's scope has its end"}),
        key("pace", &Settings::pace, {.about = "how fast messages leave"}),
        key("queue_messages", &Settings::queue_messages,
            {.fallback = 1000, .min = 1, .max = 100'000, .about = "that may wait for a chat"}),
        key("queue_bytes", &Settings::queue_bytes,
            {.fallback = 256 << 10, .form = Form::size, .min = 1024, .max = 64 << 20, .about = "of them"}),
        key("timeout", &Settings::timeout,
            {.fallback = std::chrono::seconds(30),
             .min = std::chrono::milliseconds(100),
             .max = std::chrono::minutes(5),
             .about = "for an answer; then it is unknown whether the server has the message"}),
        key("retry_for", &Settings::retry_for,
            {.fallback = std::chrono::hours(1),
             .max = std::chrono::hours(24),
             .about = "what the server does not take now is tried again for so long"}),
        key("reconnect", &Settings::reconnect, {.about = "when what has failed is tried again"}));

    // What they say.
    Api api;
    SessionSettings session(std::int64_t cursor) const;
    std::string bot_id() const { return api.token.substr(0, api.token.find(':')); }

  private:
    void judge_webhook(const Config& config);
};

// Of every chat of the network.
inline constexpr Capabilities kCapabilities{.edit = Reach::own,
                                            .erase = Reach::any,
                                            .reacts = true,
                                            .replies = true,
                                            .threads = false,
                                            .sets_topic = true,
                                            .shows_names = false,
                                            .formats = true,
                                            .files = Files::upload,
                                            .text_max = 4096,
                                            .text_unit = TextUnit::utf16_units,
                                            .has_message_ids = true,
                                            .fills_gaps = true,
                                            .confirms = true};

}  // namespace millrace::chat::telegram
