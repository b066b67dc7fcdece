#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/common/digest.hpp"
#include "adapters/smtp/client_name.hpp"
#include "adapters/smtp/mime/charsets.hpp"
#include "adapters/smtp/mime/defects.hpp"
#include "adapters/smtp/mime/limits.hpp"
#include "adapters/smtp/mime/structure.hpp"
#include "millrace/v1/email.pb.h"

// Between mail and the normal form: schemas/millrace/v1/email.proto says what each field is.
namespace millrace::smtp {

// What the session knows of a mail and the mail does not say. Valid UTF-8; views that outlive the call they are given
// to.
struct Transaction {
    struct Tls {
        std::string_view version;
        std::string_view cipher;
        std::string_view sni;
    };
    struct Login {
        std::string_view mechanism;
        std::string_view user;
        std::string_view acts_for;
    };

    std::string_view client_ip;
    std::uint16_t client_port = 0;
    std::optional<ClientName> client_name;  // Absent: the DNS was not asked.
    std::string_view helo;
    std::string_view protocol;  // RFC 3848: `ESMTPS`.
    std::string_view proxy_ip;
    std::uint16_t proxy_port = 0;
    std::optional<Tls> tls;
    std::optional<Login> login;

    std::string_view host;    // Who took it, and as what, and when: for the trace.
    std::string_view number;  // Of the mail there.
    std::int64_t now_s = 0;

    std::string_view from;             // Empty: `<>`.
    std::vector<std::string_view> to;  // Those that the message is for, each once.
    std::uint32_t recipients = 0;      // Of the transaction.
    bool eight_bit = false;
    bool utf8 = false;
    std::uint64_t declared_size = 0;
};

// Reads mails, any bytes: nothing is refused and nothing throws but for want of memory. The time is linear in the size
// of the mail. Not thread-safe: one for each thread. Keeps its memory.
class Normaliser {
  public:
    explicit Normaliser(const mime::Limits& limits = {}) : limits_(limits) {}

    // The mail as it was received, all of it at once: a buffer, or a file that is mapped. Valid until the next call.
    const v1::Email& read(const Transaction& transaction, std::string_view raw);

    // Of the latest mail: its plain text, which is the payload of its message. Valid UTF-8.
    std::string_view text() const { return text_; }

    // Appends the serialised fields of a ChannelMessage that only mail has: the latest mail.
    void append_fields(std::string& out) const;

  private:
    void read_envelope(const Transaction& transaction);
    void add_defects();

    mime::Limits limits_;
    mime::Charsets charsets_;
    Sha256 sha256_;
    mime::Defects defects_;
    mime::Structure structure_;
    v1::Email email_;
    std::string text_;
};

// What routes match on. The value of the first field of this name, in any case; empty where there is none.
std::string_view header_value(const v1::Email& email, std::string_view name);

// The first address of From, or empty.
std::string_view from_address(const v1::Email& email);

}  // namespace millrace::smtp
