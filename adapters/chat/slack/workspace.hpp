#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "adapters/chat/common/reconnect.hpp"
#include "adapters/chat/slack/config.hpp"
#include "adapters/chat/slack/conversations.hpp"
#include "adapters/chat/slack/directory.hpp"
#include "adapters/chat/slack/history.hpp"
#include "adapters/chat/slack/sender.hpp"
#include "adapters/chat/slack/session.hpp"
#include "adapters/chat/slack/socket_links.hpp"
#include "adapters/chat/slack/web_client.hpp"
#include "adapters/common/addresses.hpp"
#include "adapters/common/http/server_thread.hpp"

// The adapter's thread: what happens in the workspace comes in, messages leave. First the gateway asks who it is, as
// without that its own words would be everybody's; until then Slack is to bring everything again.
namespace millrace::chat::slack {

class Workspace final : public http::ServerThread {
  public:
    Workspace(const IoShared& io, http::ServerShared& server, const Settings& settings, Ledger& ledger);
    ~Workspace() override;

    // [control] Before stop: what is on its way has `grace` to end.
    void stop_sending(std::chrono::milliseconds grace) { client_.stop(grace); }

  private:
    struct Done {
        std::string key;  // Of the scope that it is counted against; empty: of the adapter's addresses.
        millrace_id scope;
        std::uint64_t size;
        std::uint64_t receipt;
        Outcome outcome;
        std::string message_id;  // Of the first of its messages.
    };

    std::optional<http::Refusal> on_head(const http::Request& request, const http::Client& client) override;
    void on_request(const http::Request& request, const http::Client& client, http::Responder responder) override;
    void on_begin() override;
    void on_end() override;
    void on_retire() override;
    void on_quiesce() override;
    void on_turn() override;
    void on_tick() override;
    bool wants_ticks() const override;

    void ask_who_it_is();
    void on_self(const ApiAnswer& answer);
    void on_account(const ApiAnswer& answer);
    void open_links();
    void on_delivery(const Delivery& delivery, const std::string& envelope_id, std::function<void(bool)> answer);
    void respond(const http::Responder& responder, const Response& response);
    Arrival arrival(Arrival::Settle settle, bool is_missed);
    void on_limited();
    void on_gap(std::int64_t until_ms);
    void on_found(const CatchUp::Found& found);
    std::string reply_to(const Event& event);
    void send(const millrace::Outgoing& command, std::string_view address, std::string_view key, millrace_id scope);
    void done(const Sending& sending, const Outcome& outcome);
    void tell_done();
    void tell_trouble();
    void tell_counts();

    const Settings& settings_;
    std::minstd_rand random_;
    const std::string stamp_;  // Tells this start from others.
    Self self_;
    Session session_;
    WebClient client_;
    Sender sender_;
    Directory directory_;
    History history_;
    Conversations conversations_;
    Addresses addresses_;
    std::unique_ptr<SocketLinks> links_;  // Of Socket Mode, once it is known who the gateway is.
    Reconnect asking_{{}};                // When it is asked again who the gateway is.
    std::vector<Done> done_;
    std::string account_trouble_;
    std::string link_trouble_;
    std::string history_trouble_;
    std::string told_trouble_;
    std::uint64_t refusals_ = 0;
    std::int64_t refusal_told_at_ms_;
    bool is_known_ = false;
    bool is_retired_ = false;
    bool is_turning_ = false;
    bool has_news_ = false;  // That the numbers do not tell yet.
};

}  // namespace millrace::chat::slack
