#include "adapters/chat/irc/ctcp.hpp"

#include <algorithm>

namespace millrace::chat::irc {
namespace {

constexpr char kDelimiter = '\x01';
constexpr std::size_t kPingBytesMax = 64;

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

std::string answer(std::string_view command, std::string_view text) {
    std::string result(1, kDelimiter);
    ((result += command) += ' ') += text;
    return result += kDelimiter;
}

}  // namespace

std::optional<Ctcp> parse_ctcp(std::string_view text) {
    if (!text.starts_with(kDelimiter)) return std::nullopt;
    text.remove_prefix(1);
    if (text.ends_with(kDelimiter)) text.remove_suffix(1);
    const std::size_t end = std::min(text.find(' '), text.size());
    return Ctcp{text.substr(0, end), text.substr(std::min(end + 1, text.size()))};
}

std::optional<std::string> ctcp_answer(const Ctcp& request, std::string_view version) {
    std::string command(request.command.substr(0, 16));
    std::transform(command.begin(), command.end(), command.begin(), upper);
    if (command == "VERSION") return answer(command, version);
    if (command == "CLIENTINFO") return answer(command, "ACTION CLIENTINFO PING VERSION");
    const bool is_ping = command == "PING" && request.params.size() <= kPingBytesMax &&
                         request.params.find(kDelimiter) == request.params.npos;
    return is_ping ? std::optional(answer(command, request.params)) : std::nullopt;
}

}  // namespace millrace::chat::irc
