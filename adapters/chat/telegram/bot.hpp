#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "adapters/chat/common/ledger.hpp"
#include "adapters/chat/common/loop_guard.hpp"
#include "adapters/chat/telegram/config.hpp"
#include "adapters/chat/telegram/conversations.hpp"
#include "adapters/chat/telegram/presses.hpp"
#include "adapters/chat/telegram/sender.hpp"
#include "adapters/chat/telegram/session.hpp"
#include "adapters/common/addresses.hpp"
#include "adapters/common/http/server_thread.hpp"
#include "adapters/common/http_client.hpp"

// The adapter's thread: updates come in, by polls or as webhooks, and commands leave.
namespace millrace::chat::telegram {

class Bot final : public http::ServerThread {
  public:
    Bot(const IoShared& io, http::ServerShared& server, const Settings& settings, Ledger& ledger);
    ~Bot() override;

    // [control] Before stop: the server is told what has ended, and what is on its way has `grace` to end.
    void stop_calling(std::chrono::milliseconds grace);

  private:
    struct News {
        Sent sent;
        Outcome outcome;
    };

    std::optional<http::Refusal> on_head(const http::Request& request, const http::Client& client) override;
    void on_request(const http::Request& request, const http::Client& client, http::Responder responder) override;
    void on_begin() override;
    void on_end() override;
    void on_retire() override;
    void on_quiesce() override;
    void on_turn() override;
    void on_tick() override;
    bool wants_ticks() const override { return true; }

    void ask();
    void on_asked(const HttpAnswer& http);
    void stop_asking();
    void keep_cursor();
    void tell_unkept();
    void take(const Update& update, std::function<void(bool comes_again)> ended);
    void send(const Outgoing& command, const Place& place, millrace_id scope);
    void send_to_address(const Outgoing& command, millrace_id scope);
    void answer_presses();
    void tell_done();
    void tell_state();
    void tell_counts();
    void count_malformed(std::string_view what);
    HttpClientSettings client_settings() const;

    const Settings& settings_;
    Ledger& ledger_;
    LoopGuard guard_;
    Session session_;
    HttpClient client_;
    Sender sender_;
    Conversations conversations_;
    Presses presses_;
    Addresses addresses_;
    std::vector<News> done_;   // What the gateway is to be told of.
    std::uint64_t asked_ = 0;  // The number of the call that is under way.
    std::string told_trouble_;
    std::uint64_t malformed_ = 0;
    std::uint64_t forbidden_ = 0;
    std::int64_t malformed_told_at_ms_;
    std::int64_t unkept_told_at_ms_;
    std::int64_t kept_cursor_ = 0;
    bool is_retired_ = false;
    bool is_turning_ = false;
};

}  // namespace millrace::chat::telegram
