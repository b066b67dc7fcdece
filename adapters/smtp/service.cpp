#include "adapters/smtp/service.hpp"

#include <utility>
#include <vector>

namespace millrace::smtp {

Service::Service(Settings settings)
    : Settings(std::move(settings)), greeting_("220 " + host + (is_lmtp ? " LMTP\r\n" : " ESMTP\r\n")),
      hello_("250 " + host + "\r\n"), offer_(make_offer(false)), offer_in_tls_(make_offer(true)) {}

std::string Service::make_offer(bool is_tls) const {
    std::vector<std::string> lines = {
        host,
        "PIPELINING",
        "SIZE " + std::to_string(content.bytes_max),
        "8BITMIME",
        "SMTPUTF8",
        "ENHANCEDSTATUSCODES",
        "CHUNKING",
        "LIMITS MAILMAX=" + std::to_string(session.mails_max) + " RCPTMAX=" + std::to_string(session.recipients_max)};
    if (has_tls && !is_tls) lines.emplace_back("STARTTLS");
    if (has_users && is_tls) lines.emplace_back("AUTH PLAIN LOGIN");
    std::string offer;
    for (const std::string& line : lines) offer.append(&line == &lines.back() ? "250 " : "250-").append(line) += "\r\n";
    return offer;
}

}  // namespace millrace::smtp
