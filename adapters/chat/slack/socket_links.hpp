#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>

#include "adapters/chat/slack/config.hpp"
#include "adapters/chat/slack/socket_mode.hpp"
#include "adapters/chat/slack/web_client.hpp"
#include "adapters/chat/slack/websocket_client.hpp"

namespace millrace::chat::slack {

// The sockets of Socket Mode. Thread: the adapter's loop.
class SocketLinks final : private SocketMode::Outside {
  public:
    struct Listener {
        // `answer` is called once: whether Slack is to hear that the gateway has it.
        std::function<void(const Delivery& delivery, const std::string& envelope_id, std::function<void(bool)> answer)>
            on_delivery;
        std::function<void()> on_gap;
        std::function<void(const std::string& why, bool is_final)> on_trouble;
        std::function<void()> on_turn;  // After something has come.
    };

    SocketLinks(const Settings& settings, WebClient& client, Executor executor, Listener listener);
    ~SocketLinks();

    void start();
    void tick();
    // Nothing more is opened, and with `says_goodbye` what is open ends in good order.
    void quiesce(bool says_goodbye);
    void abandon() { links_.clear(); }

    std::size_t ready() const { return mode_.ready(); }
    std::size_t open() const { return mode_.links(); }
    std::uint64_t opened() const { return mode_.opened(); }

  private:
    struct Socket final : WebSocketClient::Owner {
        Socket(SocketLinks& all, SocketMode::Link link) : all(all), link(link) {}

        void on_open() override {}
        void on_text(std::string_view text) override { all.on_text(link, text); }
        void on_closed(const std::string& why) override { all.on_closed(link, why); }

        SocketLinks& all;
        const SocketMode::Link link;
        std::unique_ptr<WebSocketClient> client{};  // Null until Slack has given its URL.
    };

    void open(SocketMode::Link link) override;
    void send(SocketMode::Link link, std::string text) override;
    void finish(SocketMode::Link link) override;
    void on_delivery(SocketMode::Link link, Frame frame) override;
    void on_gap() override { listener_.on_gap(); }
    void on_trouble(const std::string& why, bool is_final) override { listener_.on_trouble(why, is_final); }

    void on_url(SocketMode::Link link, const ApiAnswer& answer);
    void on_text(SocketMode::Link link, std::string_view text);
    void on_closed(SocketMode::Link link, const std::string& why);
    void refuse(SocketMode::Link link, const std::string& why, bool is_final, std::int64_t wait_ms);

    const Settings& settings_;
    WebClient& client_;
    const Executor executor_;
    const Listener listener_;
    SocketMode mode_;
    std::unordered_map<SocketMode::Link, std::unique_ptr<Socket>> links_;
};

}  // namespace millrace::chat::slack
