#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

// All that the server says (RFC 5321 §4.2), each once, with its enhanced status code (RFC 3463, RFC 5248). What depends
// on the listener is Service's; what a consumer says is written by append_reply.
namespace millrace::smtp {

enum class Reply : std::uint8_t {
    help,
    tls_may_start,
    bye,
    authenticated,
    ok,
    sender_ok,
    recipient_ok,
    cannot_verify,
    continue_auth,
    ask_user,
    ask_password,
    start_content,

    draining,
    overloaded,
    timeout,
    too_many_connections,
    too_many_errors,
    too_many_failed_logins,
    too_many_mails,
    too_many_chunks,
    too_much_refused,
    session_too_long,
    not_smtp,
    too_much,
    try_later,
    busy,
    no_space,
    recipient_full,
    too_many_recipients,
    other_routes,
    tls_unavailable,
    auth_unavailable,

    bad_line,
    line_too_long,
    unknown_command,
    bad_utf8,
    use_lhlo,
    use_ehlo,
    content_line_too_long,
    auth_line_too_long,
    bad_argument,
    bad_sender,
    bad_recipient,
    bad_value,
    bad_base64,
    auth_cancelled,
    not_implemented,
    hello_first,
    sender_first,
    recipient_first,
    sender_given,
    in_transaction,
    in_chunks,
    tls_active,
    already_authenticated,
    unknown_mechanism,
    tls_required,
    auth_required,
    auth_failed,
    auth_needs_tls,
    sender_refused,
    no_such_user,
    no_such_domain,
    not_for_us,
    utf8_not_taken,
    mail_refused,
    bare_lf,
    bare_cr,
    has_nul,
    too_large,
    header_too_large,
    too_many_fields,
    needs_smtputf8,
    not_synchronised,
    early_talker,
    no_valid_recipient,
    no_service,
    looping,
    unknown_parameter,
    count,
};

inline constexpr std::size_t kReplyCount = static_cast<std::size_t>(Reply::count);

// How often each was said: what metrics are made of. Of one thread.
using Tally = std::array<std::uint64_t, kReplyCount>;

// "250 2.0.0 Ok\r\n".
std::string_view line_of(Reply reply);

constexpr unsigned kPositive = 2;
constexpr unsigned kIntermediate = 3;
constexpr unsigned kTransient = 4;
constexpr unsigned kPermanent = 5;
// The first digit of its code.
unsigned class_of(Reply reply);

// What became of a mail, or of a mail for one recipient (LMTP).
struct Settlement {
    enum class Verdict { ack, retry, reject };

    Verdict verdict = Verdict::retry;
    unsigned code = 0;      // 450 to 459 or 550 to 559; one that does not fit the verdict, or 0: 250, 451, 550
    std::string text = {};  // may begin with an enhanced code of the verdict's class; empty: a text of ours
};

// The reply for it: of US-ASCII without control characters, one line for each of the text's, at most 8, each within the
// 512 octets of RFC 5321 §4.5.3.1.5.
void append_reply(std::string& out, const Settlement& settlement);

}  // namespace millrace::smtp
