#include "adapters/chat/irc/utterance.hpp"

#include <algorithm>

#include "adapters/chat/common/splitting.hpp"

namespace millrace::chat::irc {
namespace {

constexpr std::string_view kAction =
    "\x01"
    "ACTION \x01";
constexpr std::size_t kPartBytesMin = 4;  // The longest character.

}  // namespace

std::string plain(std::string_view text) {
    std::string result;
    result.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\0' || text[i] == '\x01') continue;
        if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
        result += text[i] == '\r' ? '\n' : text[i];
    }
    result.erase(0, std::min(result.find_first_not_of('\n'), result.size()));
    result.erase(result.find_last_not_of('\n') + 1);
    return result;
}

std::string_view command_of(Said said) { return said == Said::notice ? "NOTICE" : "PRIVMSG"; }

std::size_t text_bytes_max(const Utterance& utterance, std::size_t prefix_bytes, std::size_t line_bytes) {
    const std::size_t around = prefix_bytes + command_of(utterance.said).size() + utterance.target.size() +
                               std::string_view("  :\r\n").size() +
                               (utterance.said == Said::action ? kAction.size() : 0);
    return line_bytes < around + kPartBytesMin ? 0 : line_bytes - around;
}

bool next_part(Utterance& utterance, std::size_t max, std::string_view& part) {
    std::string_view rest = std::string_view(utterance.text).substr(utterance.done);
    rest.remove_prefix(std::min(rest.find_first_not_of('\n'), rest.size()));
    if (rest.empty()) return false;
    const std::string_view line = rest.substr(0, rest.find('\n'));
    part = line.substr(0, piece_size(line, max, TextUnit::bytes));
    utterance.done = utterance.text.size() - rest.size() + part.size();
    return true;
}

std::size_t count_parts(const Utterance& utterance, std::size_t max, std::size_t most) {
    Utterance copy = utterance;
    std::string_view part;
    std::size_t count = 0;
    while (count < most && next_part(copy, max, part)) ++count;
    return count;
}

}  // namespace millrace::chat::irc
