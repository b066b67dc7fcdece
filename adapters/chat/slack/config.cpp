#include "adapters/chat/slack/config.hpp"

#include <algorithm>
#include <string_view>

#include "adapters/common/url_parts.hpp"

namespace millrace::chat::slack {
namespace {

constexpr std::int64_t kAnswerWithinMs = 2'600;  // Of the 3 s that Slack waits.

// What a header can carry.
bool is_token(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
}

void read_events(Settings& settings, const Config& config) {
    const Config part = *config.object("events");
    EventsSettings& events = *settings.events;
    events.judge(part);
    if (!events.path.starts_with('/') || events.path.find_first_of("?#") != std::string::npos)
        part.error("path", "`" + events.path + "` is no path such as /slack/events");
    std::vector<std::string> secrets{events.signing_secret};
    if (events.next_signing_secret) secrets.push_back(*events.next_signing_secret);
    settings.signature = Signature::make(secrets);
    if (!settings.signature) part.error("signing_secret", "a secret of nobody's: it is empty");
}

void read_socket(Settings& settings, const Config& config) {
    const Config part = *config.object("socket");
    SocketSettings& socket = *settings.socket;
    if (!is_token(socket.app_token)) part.error("app_token", "it is no token");
    if (socket.reconnect.max < socket.reconnect.initial)
        part.error("reconnect", "the first wait, `initial`, is longer than the longest, `max`");
    TlsClientSettings tls;
    tls.ca = settings.ca;
    tls.min_version = "1.2";
    settings.dialing = TlsContext::make(tls, config);
}

}  // namespace

http::Limits EventsSettings::limits() const {
    http::Limits limits = ServerSettings::limits();
    limits.answer_ms = std::min(limits.answer_ms, kAnswerWithinMs);
    return limits;
}

Settings::Settings(const Config& config) {
    read(config, *this);
    if (!is_token(bot_token)) config.error("bot_token", "it is no token");
    if (events.has_value() == socket.has_value())
        config.error("", "what happens comes by `events` or by `socket`: one of them, not both");
    if (events) read_events(*this, config);
    if (socket) read_socket(*this, config);
    const UrlParts url = split_url(api_url);
    const bool is_url = (url.scheme == "https" || url.scheme == "http") && !url.host.empty() && !url.has_query;
    if (!is_url || !url.user_info.empty()) config.error("api_url", "it is no URL such as https://slack.com/api");
    while (api_url.ends_with('/')) api_url.pop_back();
}

}  // namespace millrace::chat::slack
