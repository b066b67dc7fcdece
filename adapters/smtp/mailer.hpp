#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "adapters/common/addresses.hpp"
#include "adapters/common/listener.hpp"
#include "adapters/common/rate_limit.hpp"
#include "adapters/smtp/compose.hpp"
#include "adapters/smtp/mail_queue.hpp"
#include "adapters/smtp/smarthost.hpp"
#include "millrace/adapter.hpp"

namespace millrace::smtp {

// What consumers send to the adapter's addresses, and reply to mails: it goes to the smarthost as mail, and what became
// of it is told. Where there is no smarthost, all of it is rejected.
// Thread: that of `loop`, but where it says something else; its executor outlives the mailer.
class Mailer {
  public:
    // `stamp`: tells this start of the adapter from others.
    Mailer(AdapterHost host, const std::optional<SmarthostSettings>& smarthost, const std::string& host_name,
           const std::string& stamp, Executor executor);
    ~Mailer();
    Mailer(const Mailer&) = delete;

    // The gateway can send from here on.
    void open(millrace_loop* loop);

    // Another generation takes over: what waits goes back, but for what only this one knows of.
    void retire();

    // [control] What waits goes back; what is under way has so long to come to its end.
    void stop(std::chrono::milliseconds grace);

  private:
    // Of a mail, what the gateway hears.
    struct Account {
        std::uint64_t receipt = 0;
        std::uint64_t bytes = 0;
        millrace_id scope = 0;
        bool is_kept = false;  // It was told that the mail waits here, and lets others go meanwhile.
    };

    void take(const Outgoing& command, millrace_id scope);
    void refuse(const Account& account, std::uint32_t outcome, const std::string& text);
    void keep(std::uint64_t number);
    void log_refusal(const std::string& text);
    void try_due();
    void on_fate(std::uint64_t number, const MailFate& fate);
    void finish(std::uint64_t number, const MailQueue::End& end);
    void give_back(bool with_others);
    void tell(const Account& account, std::uint32_t outcome, std::uint32_t code, const std::string& text);
    void take_trouble(const MailFate& fate);
    void leave_when_idle();

    const AdapterHost host_;
    const Author author_;
    const std::string stamp_;
    const Executor executor_;
    const std::string url_;
    RateLimit<std::string> rates_;  // Of recipients.
    MailQueue queue_;
    std::unordered_map<std::uint64_t, Account> accounts_;  // By the mail's number in the queue.
    Addresses addresses_;
    Timer timer_;
    millrace_loop* loop_ = nullptr;
    std::uint64_t posting_count_ = 0;
    std::size_t trying_ = 0;  // Mails that the client has.
    std::int64_t refusal_told_at_ms_ = INT64_MIN / 2;
    std::string trouble_;
    bool is_retired_ = false;
    bool is_stopping_ = false;
    std::unique_ptr<MailClient> client_;  // Null: there is no smarthost.
};

}  // namespace millrace::smtp
