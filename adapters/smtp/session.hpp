#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adapters/common/connection.hpp"
#include "adapters/smtp/client_name.hpp"
#include "adapters/smtp/client_rates.hpp"
#include "adapters/smtp/dialogue.hpp"
#include "adapters/smtp/mail.hpp"
#include "millrace/body.hpp"

namespace millrace::smtp {

class SmtpThread;

// One connection of a client: the Dialogue's socket, TLS and clock, and what stands behind its questions.
//
//     proxied -> shaking -> talking -> lingering -> dropped
//                (TLS from the first byte)   (until the client has read why)
class Session final : public Connection {
  public:
    Session(SmtpThread& thread, Socket socket, Source source, bool is_admitted);
    ~Session() override;

    void begin() override;
    void turn() override;
    void turn_away(Admission::Verdict why) override;
    void quiesce() override;
    void drop() override;
    void on_timer() override;

    SmtpThread& thread() { return thread_; }
    // Something has become of a mail.
    void on_mail();
    // Whether the password was right.
    void on_login(std::uint32_t ticket, bool is_right);
    // Who the client is by the DNS.
    void on_name(const ClientName& name);

  private:
    enum class State : std::uint8_t { proxied, shaking, talking, lingering, dropped };

    // Recipients that one mail can be for: the same routes take them.
    struct Group {
        millrace_id routes;
        std::vector<std::size_t> recipients;  // Their places in the envelope.
    };

    // session.cpp: the connection
    void on_readable() override;
    void on_tls_failure(bool is_foreign) override;
    void on_lost() override { drop(); }
    void take(std::string_view bytes);
    void take_proxy_header(std::string_view bytes);
    void let_in();
    void ask_name();
    bool is_asking_name() const { return name_due_ms_ != 0 && !client_name_; }
    // Whether the client may do one more of that now (`max_rates`).
    bool may(ClientRates::What what);
    void talk(bool is_tls);
    void process();
    void flush();
    void arm();
    void linger();

    // session_mail.cpp: what its mails are to the gateway
    std::vector<std::pair<std::string, std::string>> attributes_for(const Mailbox& recipient) const;
    Reply judge_recipient();
    void ask_login();
    void keep_text(std::string_view piece);
    void deliver();
    void settle(const std::vector<std::size_t>& places, const Settlement& settlement);
    Mail::Content content_for(const Group& group, std::string_view raw);
    void tend();
    void end_transaction();
    void release_groups();

    SmtpThread& thread_;
    std::optional<Endpoint> proxy_;
    std::unique_ptr<Dialogue> dialogue_;  // From `talking` on.
    std::string head_;                    // The PROXY header so far.

    std::vector<Group> groups_;
    std::string text_;           // Of the message that comes,
    std::optional<Body> large_;  // or the file that it has become.
    std::vector<std::unique_ptr<Mail>> mails_;

    std::optional<ClientName> client_name_;  // By the DNS,
    std::int64_t name_due_ms_ = 0;           // which is waited for until then. 0: it was not asked.

    std::int64_t due_ms_ = 0;  // Of the state, but `talking`.
    State state_;
    bool wants_to_read_ = true;
    bool is_tls_wanted_ = false;  // Once all that was said in clear has left.
    bool is_shut_ = false;
    bool is_one_too_many_ = false;  // By the rate of connections.
    bool waits_for_name_ = false;   // Its mail does.
};

}  // namespace millrace::smtp
