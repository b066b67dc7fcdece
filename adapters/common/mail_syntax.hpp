#pragma once

#include <string_view>

// What a mail has to be like before it is handed to an SMTP client that writes addresses and content as they are: a
// line break in an address is a command of its own, and a bare CR or LF in the content ends the mail for some servers
// and not for others.
namespace millrace {

// One address of an envelope, without angle brackets (RFC 5321 §4.1.2, RFC 6531): `local@domain`, printable, blanks
// only within quotes, at most 254 and 255 bytes (local parts longer than the RFC's 64 are about). What stands between
// is the server's to judge.
bool is_mailbox(std::string_view address);

// Is there anything beyond ASCII, so that the server has to know SMTPUTF8?
bool is_international(std::string_view text);

// What is wrong with a mail's content, in words; empty: nothing. Lines end with CRLF, and CR, LF and NUL stand nowhere
// else (RFC 5321 §2.3.8); a line has at most 998 bytes (§4.5.3.1.6).
std::string_view mail_content_fault(std::string_view content);

}  // namespace millrace
