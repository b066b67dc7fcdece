#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "adapters/common/http/settings.hpp"
#include "adapters/common/networks.hpp"
#include "adapters/sms/consent.hpp"
#include "adapters/sms/outbound.hpp"
#include "adapters/sms/provider.hpp"
#include "adapters/sms/public_url.hpp"
#include "adapters/sms/signature.hpp"
#include "millrace/keys.hpp"

namespace millrace::sms {

// Who the gateway is to the provider's REST API.
struct AccountSettings {
    std::optional<std::string> id;
    std::optional<std::string> secret;
    std::optional<std::string> application;
    std::optional<std::string> base_url;
    std::optional<std::string> report_url;

    static constexpr auto kKeys =
        keys(key("id", &AccountSettings::id, {.about = "the account, or the API key's name"}),
             key("secret", &AccountSettings::secret, {.form = Form::secret, .about = "the token, or the API secret"}),
             key("application", &AccountSettings::application, {.about = "of Bandwidth and Telnyx: what sends"}),
             key("base_url", &AccountSettings::base_url, {.about = "of the API, where that is not the provider's own"}),
             key("report_url", &AccountSettings::report_url, {.about = "where delivery reports are sent to"}));
};

// Words by which a phone's owner says whether he wants messages. Absent lists are those of ConsentWords.
struct ConsentSettings {
    std::vector<std::string> stop;
    std::vector<std::string> start;
    std::vector<std::string> help;

    static constexpr auto kKeys = keys(key("stop", &ConsentSettings::stop, {.about = "no more messages"}),
                                       key("start", &ConsentSettings::start, {.about = "messages again"}),
                                       key("help", &ConsentSettings::help, {.about = "who is this"}));
};

// How messages leave.
struct SendSettings {
    std::optional<std::string> from;
    std::int64_t rate_max = 0;  // 0: any number
    std::int64_t waiting_max;
    Duration timeout;
    Duration retry_for;

    static constexpr auto kKeys = keys(
        key("from", &SendSettings::from, {.about = "our number, for messages to an address that names none"}),
        key("max_rate", &SendSettings::rate_max,
            {.min = 1,
             .max = 10'000,
             .unit = "messages a second",
             .otherwise = "any number",
             .about = "of one of our numbers; what is above it waits"}),
        key("max_waiting", &SendSettings::waiting_max,
            {.fallback = 10'000, .min = 1, .max = 1'000'000, .about = "messages in all; above it they are rejected"}),
        key("timeout", &SendSettings::timeout,
            {.fallback = std::chrono::seconds(20),
             .min = std::chrono::milliseconds(100),
             .max = std::chrono::minutes(5),
             .about = "for the provider's answer; then it is unknown whether it has the message"}),
        key("retry_for", &SendSettings::retry_for,
            {.fallback = std::chrono::hours(1),
             .max = std::chrono::hours(24),
             .about = "what the provider does not take now is tried again for so long"}));
};

// Whether the media of messages are fetched.
struct MediaSettings {
    bool is_fetched = false;
    std::size_t bytes_max = 5 * 1024 * 1024;
    Duration timeout = std::chrono::seconds(5);
    std::vector<std::string> allowed_texts;

    static constexpr auto kKeys =
        keys(key("fetch", &MediaSettings::is_fetched, {.fallback = false, .about = "before consumers get the message"}),
             key("max_size", &MediaSettings::bytes_max,
                 {.fallback = 5 * 1024 * 1024,
                  .form = Form::size,
                  .min = 1,
                  .max = 64 * 1024 * 1024,
                  .about = "of those of one message"}),
             key("timeout", &MediaSettings::timeout,
                 {.fallback = std::chrono::seconds(5),
                  .min = std::chrono::milliseconds(100),
                  .max = std::chrono::seconds(15),
                  .about = "for all of them; at most half of the provider's time"}),
             key("allow", &MediaSettings::allowed_texts,
                 {.about = "addresses and networks that they may lie on though they are not public"}));

    Networks allowed;
};

// Who sends the webhooks and takes the messages.
struct ProviderSettings {
    std::string provider_name;
    std::string public_url;
    std::optional<std::string> strip_prefix;
    std::optional<std::string> auth_token;
    std::optional<std::string> next_auth_token;
    std::string verify;
    AccountSettings account_settings;
    ConsentSettings consent;

    static constexpr auto kKeys =
        keys(key("provider", &ProviderSettings::provider_name, {.about = "who sends the webhooks"}),
             key("public_url", &ProviderSettings::public_url, {.about = "that the provider was told to call"}),
             key("strip_prefix", &ProviderSettings::strip_prefix,
                 {.about = "what a proxy in front takes away from the begin of public_url's path"}),
             key("auth_token", &ProviderSettings::auth_token,
                 {.form = Form::secret, .about = "that webhooks are signed with"}),
             key("next_auth_token", &ProviderSettings::next_auth_token,
                 {.form = Form::secret, .about = "another, while one takes the place of the other"}),
             key("verify", &ProviderSettings::verify,
                 {.fallback = "auto", .about = "auto, a scheme by its name, or none: webhooks of anybody are taken"}),
             key("account", &ProviderSettings::account_settings, {.about = "who the gateway is to the provider's API"}),
             key("consent", &ProviderSettings::consent, {.about = "words that ask for messages, or for none"}));

    // What is wrong goes to the errors of `config`; then `verifier` is absent or `provider` null.
    void judge(const Config& config);

    const Provider* provider = nullptr;         // What `provider`,
    PublicUrl url;                              // `public_url` and `strip_prefix`,
    std::optional<SignatureVerifier> verifier;  // `verify` and the tokens,
    Account account;                            // `account`,
    ConsentWords words;                         // and `consent` say.

  private:
    void read_verification(const Config& config);
};

// The keys of a `type: sms` adapter; README.md says more of them.
struct Settings : http::ServerSettings, ProviderSettings {
    explicit Settings(const Config& config);

    SendSettings send;
    MediaSettings media;
    std::optional<std::string> state;
    Duration parts_timeout;
    std::size_t scopes_max;
    Duration scope_timeout;

    static constexpr auto kKeys = std::tuple_cat(
        ProviderSettings::kKeys,
        keys(key("send", &Settings::send, {.about = "how messages leave"}),
             key("media", &Settings::media, {.about = "whether those of messages are fetched"}),
             key("state", &Settings::state, {.form = Form::path, .about = "a file of what outlives a restart"}),
             key("parts_timeout", &Settings::parts_timeout,
                 {.fallback = std::chrono::seconds(5),
                  .min = std::chrono::milliseconds(100),
                  .max = std::chrono::seconds(8),
                  .about = "for all parts of a long message; then it goes on without the rest"}),
             key("max_scopes", &Settings::scopes_max,
                 {.fallback = 10'000, .min = 1, .max = 1'000'000, .about = "pairs of numbers that are talking"}),
             key("scope_timeout", &Settings::scope_timeout,
                 timeout(std::chrono::minutes(10), "without a message, until a pair of numbers has its end"))),
        http::ServerSettings::kKeys);

    // For what is asked over HTTP: the provider waits no longer for an answer.
    http::Limits limits() const;
};

}  // namespace millrace::sms
