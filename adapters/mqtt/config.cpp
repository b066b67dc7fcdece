#include "adapters/mqtt/config.hpp"

#include <utility>

#include "adapters/mqtt/cursor.hpp"

namespace millrace::mqtt {
namespace {

constexpr UrlSchemes kSchemes{"mqtt", "mqtts", "1883", "8883"};

SubscriptionSettings as_map(const std::variant<std::string, SubscriptionSettings>& subscription) {
    if (const auto* topic = std::get_if<std::string>(&subscription)) return {*topic};
    return std::get<SubscriptionSettings>(subscription);
}

}  // namespace

Settings::Settings(const Config& config) {
    read(config, *this);
    if (const auto parsed = ServerUrl::parse(url_text, kSchemes))
        url = *parsed;
    else if (url_text.find('@') != url_text.npos)
        config.error("url", "a name and a password have no place in it: they belong into `auth`");
    else
        config.error("url", "`" + url_text + "` is no broker's: it needs mqtt://HOST:PORT or mqtts://HOST:PORT");
    if (url.has_tls) tls_context = TlsContext::make(tls, config.object("tls").value_or(config));
    if (!url.has_tls && config.object("tls")) config.error("tls", "it is for brokers of mqtts:// alone");
    for (const auto& it : subscribe) {
        Subscription subscription{{}, as_map(it)};
        const SubscriptionSettings& options = subscription.options;
        if (version == "3.1.1" && (options.retained != "new" || options.retain_as_published))
            config.error("subscribe", "`retained` and `retain_as_published` are for brokers of MQTT 5");
        if (const std::string_view wrong = subscription.topic.parse(options.topic); !wrong.empty())
            config.error("subscribe", "`" + options.topic + "` is no topic filter: " + std::string(wrong));
        else
            subscriptions.push_back(std::move(subscription));
    }
    if (const std::string_view wrong = scoping.parse(scope); !wrong.empty())
        config.error("scope", "`" + scope + "` is neither topic nor client nor a template: " + std::string(wrong));
    if (will.topic && !is_topic_name(*will.topic))
        config.error("will.topic", "`" + *will.topic + "` is no topic to publish to");
    if (reconnect.max < reconnect.initial)
        config.error("reconnect", "the first wait, `initial`, is longer than the longest, `max`");
    if (client_id.empty())
        config.error("client_id", "it is empty: a session that outlives its connections needs a name of its own");
    if (version == "3.1.1" && auth.password && !auth.username)
        config.error("auth", "a password alone is for MQTT 5: add a username");
}

GateSettings Settings::gate(std::string nonce) const {
    return {.nonce = std::move(nonce),
            .changes = {.username = auth.username,
                        .password = auth.password,
                        .receive_maximum = receive_maximum,
                        .packet_bytes_max = packet_bytes_max,
                        .topic_alias_max = topic_alias_max},
            .session = {in_flight.messages, in_flight.bytes},
            .connack_timeout_ms = std::chrono::duration_cast<std::chrono::milliseconds>(connect_timeout).count()};
}

}  // namespace millrace::mqtt
