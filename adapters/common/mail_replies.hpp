#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/common/fate.hpp"

// What a mail server has said to one mail (RFC 5321 §4.2), and what that means for each of its recipients. It sees the
// replies as lines, in the order in which they come: those of the connection first, then one each to MAIL, RCPT for
// each recipient, DATA, and the end of data. No I/O, no clock.
namespace millrace {

// What became of the mail for one recipient.
struct MailFate {
    enum class By : std::uint8_t {
        client,      // The mail cannot be sent as it is, or was not tried.
        connection,  // The server could not be used: no connection, no TLS, no login, or it broke.
        server,      // It has judged the mail.
    };

    Fate fate = Fate::retry;
    int code = 0;          // Of the reply that decided; 0: none did.
    std::string enhanced;  // Its status (RFC 3463), such as 5.1.1; empty where it has none.
    std::string text;      // Its words, or why there was none. As the server wrote it: not fit to be shown as it is.
    By by = By::client;
};

class MailReplies {
  public:
    static constexpr std::size_t kTextMax_bytes = 512;  // Of one reply; what comes beyond is left out.

    explicit MailReplies(std::size_t recipients) : recipients_(recipients) {}

    // One line, with or without its end.
    void take_line(std::string_view line);

    // The connection stands, and the next reply is that to MAIL. Replies before concern the connection.
    void begin() { has_begun_ = true; }
    bool has_begun() const { return has_begun_; }

    // All of the content was sent: where the server has asked for it (DATA), it may have the mail.
    void finish_content() { is_content_whole_ = true; }

    // Does the server say that it knows that (EHLO, RFC 5321 §4.1.1.1)? As far as it has said anything.
    bool knows_smtputf8() const { return knows_smtputf8_; }

    // Has a whole reply come since begin()?
    bool has_answered() const { return !replies_.empty(); }

    // Has the last reply come that makes a difference?
    bool is_decided() const;

    // One for each recipient, in order. `failure`: why nothing more came; it is the text where no reply decides.
    // - No reply to the end of data: unknown once the content was whole, else retry.
    // - 4xx: retry; so is 552 to RCPT, which means that there are too many (§4.5.3.1.10), 421 anywhere, and whatever
    //   ends a connection before MAIL: that is the smarthost's state, not the mail's.
    // - 5xx, and what is no reply of these at all: rejected.
    std::vector<MailFate> fates(std::string_view failure) const;

  private:
    struct Reply {
        int code = 0;
        std::string enhanced;
        std::string text;
    };
    void end_reply();
    MailFate judge(const Reply& reply, bool is_recipient) const;
    MailFate undecided(std::string_view failure, Fate fate) const;
    MailFate fate_of(std::size_t recipient, std::string_view failure) const;

    std::size_t recipients_;
    std::vector<Reply> replies_;  // From that to MAIL on.
    Reply current_;
    Reply last_of_connection_;
    bool has_begun_ = false;
    bool is_content_whole_ = false;
    bool knows_smtputf8_ = false;
};

}  // namespace millrace
