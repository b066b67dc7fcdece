#include "adapters/mqtt/topic.hpp"

#include <algorithm>

#include "adapters/mqtt/cursor.hpp"

namespace millrace::mqtt {
namespace {

constexpr std::size_t kTopicBytesMax = 65'535;
constexpr std::string_view kShare = "$share/";
constexpr std::string_view kTopic = "topic";

// The first level, which leaves the text.
std::string_view take_level(std::string_view& text) {
    const std::size_t slash = text.find('/');
    const std::string_view level = text.substr(0, slash);
    text.remove_prefix(slash == text.npos ? text.size() : slash + 1);
    return level;
}

bool is_name(std::string_view text) {
    constexpr auto kIsOfName = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    };
    return !text.empty() && std::all_of(text.begin(), text.end(), kIsOfName);
}

}  // namespace

std::string_view TopicTemplate::parse(std::string_view text) {
    *this = {};
    if (text.empty()) return "it is empty";
    if (text.size() > kTopicBytesMax) return "it is longer than 65,535 bytes";
    if (!is_string(text)) return "it is not UTF-8, or has U+0000 in it";
    if (text.starts_with(kShare)) {
        const std::size_t slash = text.find('/', kShare.size());
        if (slash == text.npos || slash + 1 == text.size()) return "a shared subscription is `$share/GROUP/FILTER`";
        const std::string_view group = text.substr(kShare.size(), slash - kShare.size());
        if (group.empty() || group.find_first_of("+#{}") != group.npos)
            return "the group of a shared subscription has at least one character, and none of `+#{}`";
        share_size_ = slash + 1;
    }
    filter_ = text.substr(0, share_size_);
    std::string_view rest = text.substr(share_size_);
    bool is_last = false;
    for (std::size_t number = 0; !is_last; ++number) {
        is_last = rest.find('/') == rest.npos;
        const std::string_view level = take_level(rest);
        if (number > 0) filter_ += '/';
        if (level == "#" && !is_last) return "`#` stands for all that is left: it is the last level";
        if (level.starts_with('{') && level.ends_with('}')) {
            const std::string_view name = level.substr(1, level.size() - 2);
            if (!is_name(name)) return "a name in braces has letters, digits, `_` and `-`";
            if (name == kTopic) return "`topic` is the name of the whole topic";
            if (has_name(name)) return "a name is there twice";
            names_.push_back({number, std::string(name)});
            filter_ += '+';
            continue;
        }
        if (level.size() > 1 && level.find_first_of("+#") != level.npos)
            return "`+` and `#` stand for whole levels: they are alone in theirs";
        if (level.find_first_of("{}") != level.npos) return "`{name}` stands for a whole level: it is alone in its";
        filter_ += level;
    }
    return {};
}

bool TopicTemplate::has_name(std::string_view name) const {
    return std::any_of(names_.begin(), names_.end(), [name](const Name& it) { return it.name == name; });
}

bool TopicTemplate::fill(std::string_view topic, std::string& filled) const {
    std::vector<Capture> captures;
    if (!match(topic, captures)) return false;
    filled.clear();
    std::string_view filter = std::string_view(filter_).substr(share_size_);
    std::size_t used = 0;
    for (std::size_t number = 0;; ++number) {
        const bool is_last = filter.find('/') == filter.npos;
        const std::string_view level = take_level(filter);
        const bool is_name = used < names_.size() && names_[used].level == number;
        filled += is_name ? captures[used++].value : level;
        if (is_last) return true;
        filled += '/';
    }
}

bool TopicTemplate::match(std::string_view topic, std::vector<Capture>& captures) const {
    captures.clear();
    std::string_view filter = std::string_view(filter_).substr(share_size_);
    if (topic.starts_with('$') && (filter.starts_with('+') || filter.starts_with('#'))) return false;
    auto name = names_.begin();
    bool has_topic = true;
    for (std::size_t number = 0;; ++number) {
        const bool is_last_of_filter = filter.find('/') == filter.npos;
        const std::string_view wanted = take_level(filter);
        if (wanted == "#") return true;  // Of `a/#` also what is `a`.
        if (!has_topic) return false;
        has_topic = topic.find('/') != topic.npos;
        const std::string_view level = take_level(topic);
        if (wanted != "+" && wanted != level) return false;
        if (name != names_.end() && name->level == number) captures.push_back({(name++)->name, level});
        if (is_last_of_filter) return !has_topic;
    }
}

}  // namespace millrace::mqtt
