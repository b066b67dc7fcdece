#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adapters/smtp/reply.hpp"
#include "millrace/adapter.hpp"

namespace millrace::smtp {

class Session;

// A mail as it goes into the gateway: a scope of one message, for the recipients that the same routes take. Over SMTP
// there is one of them, over LMTP one for each set of routes. Lives on its session's thread, for as long as the
// transaction.
//
//     asked -> submitted -> over        begin() asks, go_on() does what follows from the answers
//
// Calls of the gateway only make a note, and have the session look at it (Session::on_mail).
class Mail final : public Scope {
  public:
    // What is to be delivered, all but the body.
    struct Content {
        std::string key;  // Of its scope.
        std::vector<std::pair<std::string, std::string>> attributes;
        std::string text;
        std::string fields;
        std::string external_id;
        std::uint32_t hops = 0;
    };
    // As it came: its bytes, or the id of a sealed body.
    struct Raw {
        std::string_view bytes;
        millrace_id sealed = 0;
    };

    // `recipients`: their places in the envelope; `routes`: those of their probes, released when the scope is open.
    Mail(Session& session, std::vector<std::size_t> recipients, millrace_id routes, Content content);
    ~Mail() { close_for(MILLRACE_REASON_LOST); }
    Mail(const Mail&) = delete;

    void begin();
    void go_on(const Raw& raw);

    // Closes its scope, where that is open: nobody waits for it any more.
    void close_for(std::uint32_t reason);

    const std::vector<std::size_t>& recipients() const { return recipients_; }
    // What became of it, once.
    std::optional<Settlement> take_settlement() { return std::exchange(settlement_, {}); }

    void settled(const Answer& answer) override;
    void settled(std::uint64_t cookie, std::uint32_t verdict, std::uint32_t code, std::string_view text) override;
    void send(const Outgoing& command) override;
    void close(std::uint32_t reason, std::uint32_t code, std::string_view text) override;
    void resume() override {}

  private:
    enum class State { asked, accepted, submitted, over };

    void submit(const Raw& raw);
    void end(Settlement settlement);

    Session& session_;
    const std::vector<std::size_t> recipients_;
    const millrace_id routes_;
    const Content content_;
    State state_ = State::asked;
    bool is_open_ = false;  // The gateway has the scope.
    millrace_id scope_ = 0;
    std::optional<Settlement> settlement_;
};

}  // namespace millrace::smtp
