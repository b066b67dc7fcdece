#include "adapters/chat/slack/socket_links.hpp"

#include <boost/asio/post.hpp>
#include <random>
#include <utility>

#include "adapters/common/json.hpp"
#include "adapters/common/timer_wheel.hpp"
#include "adapters/common/url_parts.hpp"

namespace millrace::chat::slack {
namespace {

SocketMode::Options options_of(const SocketSettings& settings) {
    return {settings.connections,
            settings.connect_timeout.count(),
            {.initial_ms = settings.reconnect.initial.count(), .max_ms = settings.reconnect.max.count()}};
}

}  // namespace

SocketLinks::SocketLinks(const Settings& settings, WebClient& client, Executor executor, Listener listener)
    : settings_(settings), client_(client), executor_(std::move(executor)), listener_(std::move(listener)),
      mode_(options_of(*settings.socket), *this, std::random_device()()) {}

SocketLinks::~SocketLinks() = default;

void SocketLinks::start() { mode_.start(steady_ms()); }

void SocketLinks::tick() { mode_.tick(steady_ms()); }

void SocketLinks::quiesce(bool says_goodbye) { mode_.quiesce(says_goodbye, steady_ms()); }

void SocketLinks::open(SocketMode::Link link) {
    links_.emplace(link, std::make_unique<Socket>(*this, link));
    const bool is_asked = client_.call({Method::connections_open}, settings_.socket->app_token,
                                       [this, link](const ApiAnswer& answer) { on_url(link, answer); });
    if (is_asked) return;
    boost::asio::post(executor_, [this, link] { refuse(link, "too many calls are under way", false, 0); });
}

// A URL is good for one connection, and says who may have it.
void SocketLinks::on_url(SocketMode::Link link, const ApiAnswer& answer) {
    const auto found = links_.find(link);
    if (found == links_.end()) return;
    if (answer.fate != Fate::sent) return refuse(link, answer.text, answer.is_final, answer.wait_ms);
    const JsonView body(answer.body);
    const std::string_view text = body["url"].text();
    const UrlParts url = split_url(text);
    const bool has_tls = url.scheme == "wss";
    const bool may_be_plain = settings_.api_url.starts_with("http://");
    if (url.host.empty() || !(has_tls || (url.scheme == "ws" && may_be_plain)))
        return refuse(link, "Slack has given a URL that is none of wss", false, 0);
    std::string target(url.path.empty() ? "/" : url.path);
    if (url.has_query) (target += '?') += url.query;
    const std::string port(!url.port.empty() ? url.port : has_tls ? "443" : "80");
    const SocketSettings& socket = *settings_.socket;
    found->second->client =
        std::make_unique<WebSocketClient>(executor_,
                                          WebSocketClient::Options{std::string(url.host), port, std::move(target),
                                                                   has_tls ? settings_.dialing.get() : nullptr,
                                                                   socket.connect_timeout, socket.lost_after},
                                          *found->second);
    found->second->client->start();
    listener_.on_turn();
}

void SocketLinks::refuse(SocketMode::Link link, const std::string& why, bool is_final, std::int64_t wait_ms) {
    links_.erase(link);
    mode_.on_refused(link, why, is_final, wait_ms, steady_ms());
    listener_.on_turn();
}

void SocketLinks::on_text(SocketMode::Link link, std::string_view text) {
    mode_.on_text(link, text, steady_ms());
    listener_.on_turn();
}

void SocketLinks::on_closed(SocketMode::Link link, const std::string& why) {
    const auto found = links_.find(link);
    if (found == links_.end()) return;
    // It is still in a call of its own.
    boost::asio::post(executor_, [gone = std::shared_ptr<Socket>(std::move(found->second))] {});
    links_.erase(found);
    mode_.on_closed(link, why, steady_ms());
    listener_.on_turn();
}

void SocketLinks::send(SocketMode::Link link, std::string text) {
    const auto found = links_.find(link);
    if (found != links_.end() && found->second->client) found->second->client->send(std::move(text));
}

void SocketLinks::finish(SocketMode::Link link) {
    boost::asio::post(executor_, [this, link] {
        const auto found = links_.find(link);
        if (found == links_.end()) return;
        if (found->second->client)
            found->second->client->finish();
        else
            on_closed(link, "Slack has not said hello in time");
    });
}

void SocketLinks::on_delivery(SocketMode::Link link, Frame frame) {
    listener_.on_delivery(frame.delivery, frame.envelope_id, [this, link, id = frame.envelope_id](bool is_taken) {
        if (is_taken)
            mode_.acknowledge(link, id);
        else
            mode_.leave(link);
    });
}

}  // namespace millrace::chat::slack
