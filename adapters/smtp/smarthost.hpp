#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "adapters/common/mail_client.hpp"
#include "millrace/keys.hpp"

namespace millrace::smtp {

// When a mail that the smarthost has not taken is tried again.
struct RetrySettings {
    Duration initial{};
    Duration max{};
    Duration give_up{};

    static constexpr auto kKeys = keys(
        key("initial", &RetrySettings::initial,
            {.fallback = std::chrono::seconds(30),
             .min = std::chrono::milliseconds(100),
             .max = std::chrono::hours(1),
             .about = "after the first failure; doubled each time, with jitter"}),
        key("max", &RetrySettings::max,
            {.fallback = std::chrono::minutes(30),
             .min = std::chrono::milliseconds(100),
             .max = std::chrono::hours(24),
             .about = "the longest"}),
        key("give_up", &RetrySettings::give_up,
            {.fallback = std::chrono::hours(120), .max = std::chrono::hours(24 * 30), .about = "then it is rejected"}));
};

// Through whom mail is sent.
struct SmarthostSettings {
    std::string url;
    std::string from;
    std::optional<std::string> username;
    std::optional<std::string> password;
    std::string start_tls;
    std::optional<std::string> ca;
    std::size_t connections = 2;
    Duration timeout{};
    std::uint32_t mails_per_recipient = 100;
    RetrySettings retry;

    static constexpr auto kKeys = keys(
        key("url", &SmarthostSettings::url,
            {.about = "smtp://HOST:PORT, or with TLS from the first byte smtps://HOST:PORT"}),
        key("from", &SmarthostSettings::from, {.about = "the address of mails that answer none"}),
        key("username", &SmarthostSettings::username, {.about = "of the account; needs TLS"}),
        key("password", &SmarthostSettings::password, {.form = Form::secret, .about = "of the account"}),
        key("start_tls", &SmarthostSettings::start_tls,
            {.fallback = "required", .choices = {"required", "optional", "off"}, .about = "of smtp://"}),
        key("ca", &SmarthostSettings::ca,
            {.form = Form::content,
             .otherwise = "those that the system trusts",
             .about = "PEM: who signs the smarthost's certificate"}),
        key("connections", &SmarthostSettings::connections, {.fallback = 2, .min = 1, .max = 32, .about = "at a time"}),
        key("timeout", &SmarthostSettings::timeout,
            {.fallback = std::chrono::minutes(10),
             .min = std::chrono::seconds(1),
             .max = std::chrono::hours(1),
             .about = "of a mail, up to the smarthost's last word"}),
        key("max_per_recipient", &SmarthostSettings::mails_per_recipient,
            {.fallback = 100, .min = 1, .max = 1'000'000, .unit = "mails an hour", .about = "more are rejected"}),
        key("retry", &SmarthostSettings::retry, {.about = "of what the smarthost does not take now"}));

    // What is wrong goes to the errors of `config`, the map that they were read from.
    void judge(const Config& config) const;

    MailClientSettings client(const std::string& hello_name, std::size_t mails_max) const;
};

}  // namespace millrace::smtp
