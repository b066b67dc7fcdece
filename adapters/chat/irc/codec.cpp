#include "adapters/chat/irc/codec.hpp"

#include <algorithm>
#include <cstring>

namespace millrace::chat::irc {
namespace {

bool has_control(std::string_view text) {
    return text.find('\n') != text.npos || text.find('\r') != text.npos || text.find('\0') != text.npos;
}

bool is_command(std::string_view word) {
    Line line;
    return word.find(' ') == word.npos && parse_line(word, line) == LineFault::none && line.command == word;
}

bool is_middle(std::string_view param) { return !param.empty() && param[0] != ':' && param.find(' ') == param.npos; }

}  // namespace

Codec::Step Codec::take(Input& input) {
    while (input.begin != input.end) {
        const auto* end = static_cast<const char*>(std::memchr(input.begin, '\n', input.size()));
        if (!end) {
            if (input.size() < kInputBytesMin) return Step::need_more;
            input.begin = input.end;
            if (is_skipping_) return Step::need_more;
            is_skipping_ = true;
            fault_ = LineFault::too_long;
            return Step::malformed;
        }
        std::string_view text(input.begin, static_cast<std::size_t>(end - input.begin));
        input.begin = end + 1;
        if (is_skipping_) {
            is_skipping_ = false;
            continue;
        }
        const bool is_too_long = text.size() >= kInputBytesMin;
        while (text.ends_with('\r')) text.remove_suffix(1);
        fault_ = is_too_long ? LineFault::too_long : parse_line(text, line_);
        if (fault_ == LineFault::none) return Step::line;
        if (fault_ != LineFault::empty) return Step::malformed;
    }
    return Step::need_more;
}

LineFault write_line(std::string& out, std::string_view tags, std::string_view command,
                     std::span<const std::string_view> params, std::size_t line_bytes) {
    if (!is_command(command)) return LineFault::no_command;
    if (params.size() > kParamsMax) return LineFault::too_many_params;
    if (has_control(tags)) return LineFault::control;
    if (tags.find(' ') != tags.npos) return LineFault::bad_tag;
    std::size_t size = command.size() + 2;
    for (std::size_t i = 0; i < params.size(); ++i) {
        if (has_control(params[i])) return LineFault::control;
        const bool is_last = i + 1 == params.size();
        if (!is_last && !is_middle(params[i])) return LineFault::bad_param;
        size += 1 + params[i].size() + (is_last && !is_middle(params[i]) ? 1 : 0);
    }
    if (size > line_bytes || (!tags.empty() && tags.size() + 2 > kTagBytesMax)) return LineFault::too_long;
    if (!tags.empty()) ((out += '@') += tags) += ' ';
    out += command;
    for (const std::string_view param : params) {
        out += ' ';
        if (!is_middle(param)) out += ':';
        out += param;
    }
    out += "\r\n";
    return LineFault::none;
}

}  // namespace millrace::chat::irc
