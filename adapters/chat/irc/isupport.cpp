#include "adapters/chat/irc/isupport.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace millrace::chat::irc {
namespace {

template <class Number> void parse_number(std::string_view text, std::uint64_t min, std::uint64_t max, Number& into) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return;
    into = static_cast<Number>(std::clamp(number, min, max));
}

// `\xHH`, as values are escaped.
std::string unescaped_value(std::string_view value) {
    std::string result;
    for (std::size_t i = 0; i < value.size(); ++i) {
        unsigned char byte = 0;
        const char* digits = value.data() + i + 2;
        if (value[i] == '\\' && value.size() - i >= 4 && value[i + 1] == 'x' &&
            std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2) {
            result += static_cast<char>(byte);
            i += 3;
        } else {
            result += value[i];
        }
    }
    return result;
}

}  // namespace

bool Isupport::take(const Line& line) {
    bool is_folded_anew = false;
    for (std::size_t i = 1; i + 1 < line.size; ++i) {
        const std::string_view token = line.params[i];
        if (token.starts_with('-')) continue;
        const std::size_t equals = std::min(token.find('='), token.size());
        is_folded_anew |= take(token.substr(0, equals), token.substr(std::min(equals + 1, token.size())));
    }
    return is_folded_anew;
}

bool Isupport::take(std::string_view name, std::string_view value) {
    if (name == "CASEMAPPING") {
        const Casemapping::Kind kind = Casemapping::parse(value).value_or(Casemapping::Kind::ascii);
        casemapping_ = Casemapping(kind);
        return std::exchange(kind_, kind) != kind;
    }
    if (name == "PREFIX") take_prefixes(value);
    if (name == "CHANMODES") take_modes(value);
    if (name == "CHANTYPES") channel_types_ = value;
    if (name == "STATUSMSG") status_ = value;
    if (name == "NETWORK") network_ = unescaped_value(value);
    if (name == "LINELEN") parse_number(value, kLineBytes, kHeardLineBytesMax, line_bytes_);
    if (name == "NICKLEN" || name == "MAXNICKLEN") parse_number(value, 1, 256, nick_bytes_);
    if (name == "USERLEN") parse_number(value, 1, 64, user_bytes_);
    if (name == "HOSTLEN") parse_number(value, 1, 255, host_bytes_);
    if (name == "TOPICLEN") parse_number(value, 1, kHeardLineBytesMax, topic_bytes_);
    if (name == "MONITOR") monitor_ = 1, parse_number(value, 0, 1000, monitor_);
    if (name == "CHATHISTORY" || name == "draft/CHATHISTORY") take_history(value);
    if (name == "TARGMAX") take_targets(value);
    return false;
}

// 0: as many as one likes.
void Isupport::take_history(std::string_view value) {
    constexpr std::uint32_t kMany = 100;
    history_ = kMany;
    parse_number(value, 0, 1000, history_);
    if (history_ == 0) history_ = kMany;
}

void Isupport::take_prefixes(std::string_view value) {
    if (value.empty()) {
        prefix_modes_.clear();
        prefixes_.clear();
        return;
    }
    const std::size_t end = value.find(')');
    if (value[0] != '(' || end == value.npos || end - 1 != value.size() - end - 1) return;
    prefix_modes_ = value.substr(1, end - 1);
    prefixes_ = value.substr(end + 1);
}

void Isupport::take_modes(std::string_view value) {
    for (std::string& modes : modes_) {
        const std::size_t end = std::min(value.find(','), value.size());
        modes = value.substr(0, end);
        value.remove_prefix(std::min(end + 1, value.size()));
    }
}

void Isupport::take_targets(std::string_view value) {
    constexpr std::string_view kJoin = "JOIN:";
    while (!value.empty()) {
        const std::size_t end = std::min(value.find(','), value.size());
        const std::string_view entry = value.substr(0, end);
        value.remove_prefix(std::min(end + 1, value.size()));
        if (entry == kJoin) join_targets_ = 16;
        if (entry.starts_with(kJoin)) parse_number(entry.substr(kJoin.size()), 1, 16, join_targets_);
    }
}

bool Isupport::is_channel(std::string_view name) const {
    return !name.empty() && channel_types_.find(name[0]) != std::string::npos;
}

std::string_view Isupport::without_status(std::string_view target) const {
    const std::size_t end = std::min(target.find_first_not_of(status_), target.size());
    return is_channel(target.substr(end)) ? target.substr(end) : target;
}

Isupport::ModeKind Isupport::mode_kind(char letter) const {
    if (prefix_modes_.find(letter) != std::string::npos) return ModeKind::prefix;
    for (const ModeKind kind : {ModeKind::list, ModeKind::always, ModeKind::on_set}) {
        if (modes_[static_cast<std::size_t>(kind)].find(letter) != std::string::npos) return kind;
    }
    return ModeKind::flag;
}

char Isupport::prefix_of(char letter) const {
    const std::size_t index = prefix_modes_.find(letter);
    return index == std::string::npos ? '\0' : prefixes_[index];
}

}  // namespace millrace::chat::irc
