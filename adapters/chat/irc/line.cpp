#include "adapters/chat/irc/line.hpp"

#include <algorithm>

namespace millrace::chat::irc {
namespace {

std::string_view take_word(std::string_view& rest) {
    const std::size_t end = std::min(rest.find(' '), rest.size());
    const std::string_view word = rest.substr(0, end);
    rest.remove_prefix(end);
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
    return word;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

bool is_command(std::string_view word) {
    if (word.empty()) return false;
    if (is_digit(word[0])) return word.size() == 3 && std::all_of(word.begin(), word.end(), is_digit);
    return std::all_of(word.begin(), word.end(), is_letter);
}

}  // namespace

Source parse_source(std::string_view text) {
    Source source;
    if (const std::size_t at = text.find('@'); at != text.npos) {
        source.host = text.substr(at + 1);
        text = text.substr(0, at);
    }
    if (const std::size_t mark = text.find('!'); mark != text.npos) {
        source.user = text.substr(mark + 1);
        text = text.substr(0, mark);
    }
    source.nick = text;
    return source;
}

const char* to_string(LineFault fault) {
    switch (fault) {
        case LineFault::none:
            return "nothing is wrong";
        case LineFault::empty:
            return "it is empty";
        case LineFault::too_long:
            return "it is too long";
        case LineFault::control:
            return "NUL, CR or LF is in it";
        case LineFault::no_command:
            return "it has no command";
        case LineFault::bad_param:
            return "a parameter before the last is empty, has a space, or begins with a colon";
        case LineFault::too_many_params:
            return "it has more than 15 parameters";
        case LineFault::bad_tag:
            return "a tag has no name that one can have";
        case LineFault::not_utf8:
            return "a tag is not UTF-8";
    }
    return "";
}

std::string text_of(const Line& line) {
    std::string text;
    if (!line.tags.empty()) ((text += '@') += line.tags) += ' ';
    if (!line.source.empty()) ((text += ':') += line.source) += ' ';
    text += line.command;
    for (std::size_t i = 0; i < line.size; ++i) (text += i + 1 == line.size ? " :" : " ") += line.params[i];
    return text;
}

LineFault parse_line(std::string_view text, Line& line) {
    line.tags = line.source = line.command = {};
    line.size = 0;
    for (const char never : {'\0', '\r', '\n'}) {
        if (text.find(never) != text.npos) return LineFault::control;
    }
    std::string_view rest = text;
    if (rest.starts_with('@')) {
        line.tags = take_word(rest).substr(1);
        if (line.tags.size() + 2 > kHeardTagBytesMax) return LineFault::too_long;
    }
    if (rest.size() + 2 > kHeardLineBytesMax) return LineFault::too_long;
    if (rest.starts_with(' ')) take_word(rest);
    if (rest.empty()) return text.find_first_not_of(' ') == text.npos ? LineFault::empty : LineFault::no_command;
    if (rest.starts_with(':')) line.source = take_word(rest).substr(1);
    line.command = take_word(rest);
    if (!is_command(line.command)) return LineFault::no_command;
    while (!rest.empty()) {
        const bool is_last = rest[0] == ':' || line.size == kParamsMax - 1;
        if (rest[0] == ':') rest.remove_prefix(1);
        line.params[line.size++] = is_last ? rest : take_word(rest);
        if (is_last) break;
    }
    return LineFault::none;
}

}  // namespace millrace::chat::irc
