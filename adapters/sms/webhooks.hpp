#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "adapters/common/addresses.hpp"
#include "adapters/common/http/server_thread.hpp"
#include "adapters/sms/config.hpp"
#include "adapters/sms/conversations.hpp"
#include "adapters/sms/ledger.hpp"
#include "adapters/sms/media.hpp"
#include "adapters/sms/opt_outs.hpp"
#include "adapters/sms/parts.hpp"
#include "adapters/sms/reports.hpp"
#include "adapters/sms/sender.hpp"
#include "adapters/sms/session.hpp"

// The adapter's thread: webhooks come in, messages leave. One is enough: what it does is done in less time than a
// provider's servers take for their part, and a pair of numbers has to be on one thread.
namespace millrace::sms {

class Webhooks final : public http::ServerThread {
  public:
    Webhooks(const IoShared& io, http::ServerShared& server, const Settings& settings, Ledger& ledger);
    ~Webhooks() override;

    // [control] Before stop: what is on its way has `grace` to end.
    void stop_sending(std::chrono::milliseconds grace) {
        fetcher_.stop();
        sender_.stop(grace);
    }

  private:
    struct Done {
        Sending sending;
        Answer answer;
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

    void bury(std::string_view body);
    void refuse(const http::Responder& responder, const Response& response);
    void take(Arrival arrival);
    void take_report(const v1::Sms& report);
    void send(Sending sending);
    void done(const Sending& sending, const Answer& answer) { done_.push_back({sending, answer}); }
    void tell_done();
    void tell(const Done& done);
    void report(const Listener& listener, std::uint32_t outcome, const v1::Sms& body, std::string_view text,
                bool is_final);
    void tell_counts();
    std::int64_t now_s() const { return host().now_us() / 1'000'000; }

    const Settings& settings_;
    Ledger& ledger_;
    Session session_;
    OptOuts opt_outs_;
    Sender sender_;
    GivenReplies given_replies_;
    Reports reports_;
    Parts parts_;
    Addresses addresses_;
    MediaFetcher fetcher_;
    Conversations conversations_;
    std::vector<Done> done_;      // What the gateway is to be told of.
    std::vector<v1::Sms> heard_;  // Reports of the provider, likewise.
    const std::string stamp_;     // Tells this start from others.
    std::uint64_t references_ = 0;
    std::uint64_t refusals_ = 0;
    std::uint64_t unreadable_ = 0;
    std::int64_t refusal_told_at_ms_;
    bool is_retired_ = false;
    bool is_turning_ = false;
};

}  // namespace millrace::sms
