#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/common/curl_easy.hpp"
#include "adapters/common/mail_client.hpp"
#include "adapters/common/secret_mask.hpp"

namespace millrace {

// One connection to the smarthost, kept from mail to mail. Internal to MailClient. Thread: the one that calls send();
// break_off() from any other.
class MailConnection {
  public:
    explicit MailConnection(const MailClientSettings& settings);
    MailConnection(const MailConnection&) = delete;

    // Waits until the mail has its fates.
    std::vector<MailFate> send(const Mail& mail);

    // Says QUIT and waits for its answer.
    void close() { easy_.reset(); }

    // Whatever waits returns within a second. For good.
    void break_off();

  private:
    using Clock = std::chrono::steady_clock;

    // One try to send a mail.
    struct Try {
        explicit Try(const Mail& mail) : mail(mail), replies(mail.to.size()) {}

        const Mail& mail;
        MailReplies replies;
        std::size_t taken = 0;  // Of the content.
        bool is_fresh = true;   // The connection was made for it.
        bool is_refused = false;
        std::string failure{};  // Why nothing more came; empty: it has worked.
        std::optional<Clock::time_point> decided_at{};
    };

    static std::size_t on_reply(const char* bytes, std::size_t size, std::size_t count, void* self);
    static std::size_t on_read(char* room, std::size_t size, std::size_t count, void* self);
    static int on_connected(void* self, char*, char*, int, int);
    static int on_progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t);

    void set_up();
    void set_up_login();
    Try attempt(const Mail& mail, curl_slist* recipients);
    std::vector<MailFate> fates_of(const Try& ended) const;
    bool may_send();
    bool may_wait();

    const MailClientSettings& settings_;
    const SecretMask mask_;
    CurlSockets sockets_;
    std::optional<CurlEasy> easy_;
    Try* try_ = nullptr;
    bool knows_smtputf8_ = false;  // Of the connection that stands.
    std::atomic<bool> is_broken_off_ = false;
};

}  // namespace millrace
