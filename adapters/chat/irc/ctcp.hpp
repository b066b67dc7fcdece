#pragma once

#include <optional>
#include <string>
#include <string_view>

// Requests and answers within texts (modern.ircdocs.horse, "Client-to-Client Protocol").
namespace millrace::chat::irc {

struct Ctcp {
    std::string_view command;  // As it was sent.
    std::string_view params;
};

// Of a PRIVMSG or NOTICE; nothing where it is a plain text. The delimiter at the end may be missing.
std::optional<Ctcp> parse_ctcp(std::string_view text);

// What is answered in a NOTICE: to VERSION `version`, to PING the same, to CLIENTINFO what there is; nothing to all
// else, and to what no NOTICE can take.
std::optional<std::string> ctcp_answer(const Ctcp& request, std::string_view version);

}  // namespace millrace::chat::irc
