#include "adapters/chat/telegram/config.hpp"

#include <algorithm>
#include <string_view>

#include "adapters/common/url_parts.hpp"

namespace millrace::chat::telegram {
namespace {

constexpr std::size_t kSecretMax = 256;
constexpr const char* kUpdates[] = {"message",          "edited_message", "channel_post",   "edited_channel_post",
                                    "message_reaction", "callback_query", "my_chat_member", "chat_member"};

bool is_of_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// `123456:ABC-DEF`
bool is_token(std::string_view text) {
    const std::size_t colon = text.find(':');
    if (colon == text.npos || colon == 0 || colon + 1 == text.size()) return false;
    return std::ranges::all_of(text.substr(0, colon), is_digit) &&
           std::ranges::all_of(text.substr(colon + 1), is_of_name);
}

bool is_web_url(std::string_view text, bool has_tls) {
    const UrlParts parts = split_url(text);
    const bool is_scheme = parts.scheme == "https" || (!has_tls && parts.scheme == "http");
    return is_scheme && !parts.host.empty() && parts.user_info.empty() && !parts.has_query &&
           std::ranges::none_of(text, [](char c) { return c <= ' ' || c > '~'; });
}

}  // namespace

Settings::Settings(const Config& config) {
    read(config, *this);
    if (!token)
        config.error("token", "there is none: BotFather gives one");
    else if (!is_token(*token))
        config.error("token", "it is none: it needs the bot's number, a colon and more");
    if (!is_web_url(api_url, false))
        config.error("api", "`" + api_url + "` is no URL such as https://api.telegram.org");
    api = {api_url, token.value_or("")};
    while (api.base_url.ends_with('/')) api.base_url.pop_back();
    for (const std::string& update : allowed_updates) {
        if (std::ranges::find(kUpdates, update) == std::end(kUpdates))
            config.error("allowed_updates", "`" + update + "` is none that is spoken of here");
    }
    if (allowed_updates.empty()) allowed_updates.assign(std::begin(kUpdates), std::end(kUpdates));
    if (webhook) judge_webhook(config);
}

void Settings::judge_webhook(const Config& config) {
    webhook->judge(config.object("webhook").value_or(config));
    const std::string& secret = webhook->secret.value_or("");
    if (secret.empty())
        config.error("webhook.secret", "there is none, and so anybody could send updates");
    else if (secret.size() > kSecretMax || !std::ranges::all_of(secret, is_of_name))
        config.error("webhook.secret", "it has at most 256 letters, digits, `_` and `-`");
    if (!webhook->path.starts_with('/') || webhook->path.find_first_of("?# ") != std::string::npos)
        config.error("webhook.path", "`" + webhook->path + "` is none: it begins with `/`, and has no query");
    if (webhook->public_url && !is_web_url(*webhook->public_url, true))
        config.error("webhook.public_url", "`" + *webhook->public_url + "` is no URL such as https://bot.example.com/");
}

SessionSettings Settings::session(std::int64_t cursor) const {
    SessionSettings settings;
    settings.cursor = cursor;
    settings.polls = !webhook;
    settings.poll_timeout_s = std::chrono::duration_cast<std::chrono::seconds>(poll_timeout).count();
    settings.allowed_updates = allowed_updates;
    settings.reconnect = {.initial_ms = reconnect.initial.count(), .max_ms = reconnect.max.count()};
    if (!webhook) return settings;
    settings.webhook_url = webhook->public_url.value_or("");
    settings.webhook_secret = webhook->secret.value_or("");
    return settings;
}

}  // namespace millrace::chat::telegram
