#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "adapters/common/mail_client.hpp"
#include "millrace/adapter_host.hpp"

// What consumers send, as mails (RFC 5322): README.md says how text, title and body are rendered. No I/O, no clock.
namespace millrace::smtp {

// Who sends.
struct Author {
    std::string host;  // In message ids, and who tells of what was refused.
    std::string from;  // The address of mails that answer none.
};

// One sending: the same for each try.
struct Posting {
    std::int64_t now_s = 0;  // Date
    std::string number;      // Different for each: part of the message id. Letters, digits and dots.
};

// A reply where `command.address` is a reply_to, with `From` the address that the mail was for; a bounce (RFC 3464)
// where it tells of a refusal; else a new mail to that address. Replies and bounces come from <>, so that nothing
// answers them, and every mail says that a program has sent it (RFC 3834).
//
// Returns why none can be sent, for people; empty: `mail` is it.
std::string compose(const Outgoing& command, const Author& author, const Posting& posting, Mail& mail);

// The field that carries how many messages have led to a mail (contract C6), and its value; 0 where there is none.
inline constexpr std::string_view kHopsField = "X-Millrace-Hops";
std::uint32_t read_hops(std::string_view value);

}  // namespace millrace::smtp
