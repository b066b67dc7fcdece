#include "adapters/smtp/reply.hpp"

#include <algorithm>

#include "adapters/smtp/ascii.hpp"

namespace millrace::smtp {
namespace {

struct Row {
    Reply reply;
    std::string_view line;
};

constexpr std::array<Row, kReplyCount> kRows = {{
    {Reply::help, "214 2.0.0 See RFC 5321\r\n"},
    {Reply::tls_may_start, "220 2.0.0 Ready to start TLS\r\n"},
    {Reply::bye, "221 2.0.0 Bye\r\n"},
    {Reply::authenticated, "235 2.7.0 Authentication successful\r\n"},
    {Reply::ok, "250 2.0.0 Ok\r\n"},
    {Reply::sender_ok, "250 2.1.0 Ok\r\n"},
    {Reply::recipient_ok, "250 2.1.5 Ok\r\n"},
    {Reply::cannot_verify, "252 2.0.0 Not verified; a mail will be judged\r\n"},
    {Reply::continue_auth, "334 \r\n"},
    {Reply::ask_user, "334 VXNlcm5hbWU6\r\n"},
    {Reply::ask_password, "334 UGFzc3dvcmQ6\r\n"},
    {Reply::start_content, "354 End data with <CR><LF>.<CR><LF>\r\n"},

    {Reply::draining, "421 4.3.2 Shutting down, try again\r\n"},
    {Reply::overloaded, "421 4.3.2 Overloaded, try again\r\n"},
    {Reply::timeout, "421 4.4.2 Timeout exceeded\r\n"},
    {Reply::too_many_connections, "421 4.7.0 Too many connections\r\n"},
    {Reply::too_many_errors, "421 4.7.0 Too many errors\r\n"},
    {Reply::too_many_failed_logins, "421 4.7.0 Too many failed logins\r\n"},
    {Reply::too_many_mails, "421 4.7.0 Too many mails in one session\r\n"},
    {Reply::too_many_chunks, "421 4.7.0 Too many chunks\r\n"},
    {Reply::too_much_refused, "421 4.7.0 Too much of what was refused\r\n"},
    {Reply::session_too_long, "421 4.7.0 The session took too long\r\n"},
    {Reply::not_smtp, "421 4.7.0 This is a mail server\r\n"},
    {Reply::too_much, "450 4.7.1 Too much mail, try again later\r\n"},
    {Reply::try_later, "451 4.3.0 Try again later\r\n"},
    {Reply::busy, "451 4.3.2 Busy, try again later\r\n"},
    {Reply::no_space, "452 4.3.1 Not enough space\r\n"},
    {Reply::recipient_full, "452 4.2.2 The mailbox is full\r\n"},
    {Reply::too_many_recipients, "452 4.5.3 Too many recipients\r\n"},
    {Reply::other_routes, "452 4.5.3 Send this recipient in another transaction\r\n"},
    {Reply::tls_unavailable, "454 4.7.0 TLS is not available\r\n"},
    {Reply::auth_unavailable, "454 4.7.0 Authentication is not available now\r\n"},

    {Reply::bad_line, "500 5.5.2 Lines end with <CR><LF>\r\n"},
    {Reply::line_too_long, "500 5.5.2 The line is too long\r\n"},
    {Reply::unknown_command, "500 5.5.2 Command not recognised\r\n"},
    {Reply::bad_utf8, "500 5.5.2 The command is not UTF-8\r\n"},
    {Reply::use_lhlo, "500 5.5.1 This is LMTP: use LHLO\r\n"},
    {Reply::use_ehlo, "500 5.5.1 This is SMTP: use EHLO\r\n"},
    {Reply::content_line_too_long, "500 5.5.2 The message has a line that is too long\r\n"},
    {Reply::auth_line_too_long, "500 5.5.6 The line is too long\r\n"},
    {Reply::bad_argument, "501 5.5.4 Bad argument\r\n"},
    {Reply::bad_sender, "501 5.1.7 Bad sender address\r\n"},
    {Reply::bad_recipient, "501 5.1.3 Bad recipient address\r\n"},
    {Reply::bad_value, "501 5.5.4 Bad parameter\r\n"},
    {Reply::bad_base64, "501 5.5.2 Not what was asked for, in base64\r\n"},
    {Reply::auth_cancelled, "501 5.7.0 Authentication cancelled\r\n"},
    {Reply::not_implemented, "502 5.5.1 Command not implemented\r\n"},
    {Reply::hello_first, "503 5.5.1 Say hello first\r\n"},
    {Reply::sender_first, "503 5.5.1 MAIL first\r\n"},
    {Reply::recipient_first, "503 5.5.1 RCPT first\r\n"},
    {Reply::sender_given, "503 5.5.1 The sender is given already\r\n"},
    {Reply::in_transaction, "503 5.5.1 Not within a transaction\r\n"},
    {Reply::in_chunks, "503 5.5.1 The message comes in chunks\r\n"},
    {Reply::tls_active, "503 5.5.1 TLS is active already\r\n"},
    {Reply::already_authenticated, "503 5.5.1 Authenticated already\r\n"},
    {Reply::unknown_mechanism, "504 5.5.4 Unknown mechanism\r\n"},
    {Reply::tls_required, "530 5.7.0 Must issue a STARTTLS command first\r\n"},
    {Reply::auth_required, "530 5.7.0 Authentication required\r\n"},
    {Reply::auth_failed, "535 5.7.8 Authentication failed\r\n"},
    {Reply::auth_needs_tls, "538 5.7.11 Authentication needs TLS\r\n"},
    {Reply::sender_refused, "550 5.7.1 Sender refused\r\n"},
    {Reply::no_such_user, "550 5.1.1 No such recipient\r\n"},
    {Reply::no_such_domain, "550 5.1.2 No such domain\r\n"},
    {Reply::not_for_us, "550 5.7.1 Relaying denied\r\n"},
    {Reply::utf8_not_taken, "550 5.6.7 Cannot take a UTF-8 address\r\n"},
    {Reply::mail_refused, "550 5.7.1 Message refused\r\n"},
    {Reply::bare_lf, "550 5.5.2 Bare <LF> received\r\n"},
    {Reply::bare_cr, "550 5.5.2 Bare <CR> received\r\n"},
    {Reply::has_nul, "550 5.5.2 <NUL> received\r\n"},
    {Reply::too_large, "552 5.3.4 The message is too large\r\n"},
    {Reply::header_too_large, "552 5.3.4 The message's header is too large\r\n"},
    {Reply::too_many_fields, "552 5.3.4 The message has too many header fields\r\n"},
    {Reply::needs_smtputf8, "553 5.6.7 The address needs SMTPUTF8\r\n"},
    {Reply::not_synchronised, "554 5.5.0 SMTP protocol synchronization\r\n"},
    {Reply::early_talker, "554 5.5.1 The server speaks first\r\n"},
    {Reply::no_valid_recipient, "554 5.5.1 No valid recipients\r\n"},
    {Reply::no_service, "554 5.3.2 No mail is taken here\r\n"},
    {Reply::looping, "554 5.4.6 Too many hops\r\n"},
    {Reply::unknown_parameter, "555 5.5.4 Unknown parameter\r\n"},
}};

constexpr bool is_in_order() {
    for (std::size_t i = 0; i < kRows.size(); ++i) {
        if (kRows[i].reply != static_cast<Reply>(i) || !kRows[i].line.ends_with("\r\n")) return false;
    }
    return true;
}
static_assert(is_in_order());

constexpr std::size_t kLineBytesMax = 510;  // Without CRLF.
constexpr int kLinesMax = 8;

// "5.7.1" of "5.7.1 No", where its class is `digit`: class, subject and detail of RFC 3463 §2.
std::string_view enhanced_code(std::string_view text, char digit) {
    const std::size_t end = std::min(text.find_first_not_of("0123456789."), text.size());
    const std::string_view code = text.substr(0, end);
    if (!code.starts_with(digit) || code.substr(1, 1) != "." || (end != text.size() && text[end] != ' ')) return {};
    const std::size_t dot = code.find('.', 2);
    if (dot == code.npos || code.find('.', dot + 1) != code.npos) return {};
    const std::size_t subject = dot - 2;
    const std::size_t detail = code.size() - dot - 1;
    return subject >= 1 && subject <= 3 && detail >= 1 && detail <= 3 ? code : std::string_view();
}

struct Codes {
    std::string basic;
    std::string_view enhanced;
    std::string_view text;
};

Codes codes_of(const Settlement& settlement) {
    if (settlement.verdict == Settlement::Verdict::ack) return {"250", "2.0.0", "Ok"};
    const bool is_retry = settlement.verdict == Settlement::Verdict::retry;
    const unsigned first = is_retry ? 450 : 550;
    const bool is_given = settlement.code >= first && settlement.code < first + 10;
    const unsigned code = is_given ? settlement.code : is_retry ? 451 : 550;
    return {std::to_string(code), is_retry ? "4.3.0" : "5.7.1", is_retry ? "Try again later" : "Message refused"};
}

}  // namespace

std::string_view line_of(Reply reply) { return kRows[static_cast<std::size_t>(reply)].line; }

unsigned class_of(Reply reply) { return static_cast<unsigned>(line_of(reply)[0] - '0'); }

void append_reply(std::string& out, const Settlement& settlement) {
    Codes codes = codes_of(settlement);
    std::string_view rest = settlement.text;
    if (const std::string_view given = enhanced_code(rest, codes.basic[0]); !given.empty()) {
        codes.enhanced = given;
        rest.remove_prefix(given.size());
    }
    if (trimmed(rest).empty()) rest = codes.text;
    for (int line = 1; !rest.empty(); ++line) {
        const std::size_t end = line == kLinesMax ? rest.size() : std::min(rest.find('\n'), rest.size());
        std::string_view text = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (text.ends_with('\r')) text.remove_suffix(1);
        const std::size_t begin = out.size();
        out.append(codes.basic).append(rest.empty() ? " " : "-").append(codes.enhanced).append(" ");
        for (const char c : trimmed(text).substr(0, kLineBytesMax - (out.size() - begin)))
            out += c >= ' ' && c <= '~' ? c : '?';
        out.append("\r\n");
    }
}

}  // namespace millrace::smtp
