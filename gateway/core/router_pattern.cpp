#include "gateway/core/router_pattern.hpp"

#include <algorithm>

namespace millrace {
namespace {

constexpr char kFiller = '\x01';

// Wherever `c` stands in a filter, it is all of its level.
bool is_whole_level(std::string_view filter, char c) {
    for (std::size_t at = filter.find(c); at != filter.npos; at = filter.find(c, at + 1)) {
        if ((at > 0 && filter[at - 1] != '/') || (at + 1 < filter.size() && filter[at + 1] != '/')) return false;
    }
    return true;
}

// The text before the `count`th slash, or all of it.
std::string_view first_levels(std::string_view topic, std::size_t count) {
    for (std::size_t at = topic.find('/'); at != topic.npos; at = topic.find('/', at + 1)) {
        if (--count == 0) return topic.substr(0, at);
    }
    return topic;
}

}  // namespace

bool is_capture_name(std::string_view name) {
    if (name.empty() || !(name[0] >= 'a' && name[0] <= 'z')) return false;
    return std::ranges::all_of(name,
                               [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
}

// The filter without its `#`.
Result<std::string_view> Pattern::cut_rest(std::string_view text, Pattern& pattern) {
    if (!is_whole_level(text, '+')) return Error{"'+' stands for a whole level of the topic"};
    const std::size_t rest = text.find('#');
    if (rest == text.npos) return text;
    if (rest + 1 != text.size() || !is_whole_level(text, '#')) {
        return Error{"'#' stands for all that is left of the topic: it is the last level, and alone in it"};
    }
    pattern.has_rest_ = true;
    pattern.levels_ = static_cast<std::size_t>(std::ranges::count(text, '/'));
    return text.substr(0, rest == 0 ? 0 : rest - 1);
}

Result<void> Pattern::add_wildcard(std::string_view name) {
    if (!wildcards_.empty() && wildcards_.back().after.empty()) {
        return Error{"two wildcards with nothing between them"};
    }
    if (std::ranges::any_of(wildcards_, [&](auto& other) { return !name.empty() && other.name == name; })) {
        return Error{"{" + std::string(name) + "} stands there twice"};
    }
    wildcards_.push_back({std::string(name), {}});
    return {};
}

Result<Pattern> Pattern::compile(std::string_view text, KeyType type) {
    Pattern pattern;
    pattern.type_ = type;
    if (type == KeyType::topic) {
        auto filter = cut_rest(text, pattern);
        if (!filter) return filter.error();
        text = *filter;
    }
    const std::string_view special = type == KeyType::topic ? "*{}+" : "*{}";
    while (!text.empty()) {
        std::string& literal = pattern.wildcards_.empty() ? pattern.prefix_ : pattern.wildcards_.back().after;
        std::size_t end = std::min(text.find_first_of(special), text.size());
        literal.append(text.substr(0, end));
        text.remove_prefix(end);
        if (text.empty()) break;
        if (text[0] == '}') return Error{"a } without its {"};
        std::string_view name;
        std::size_t size = 1;
        if (text[0] == '{') {
            std::size_t close = text.find('}');
            if (close == text.npos) return Error{"a { without its }"};
            name = text.substr(1, close - 1);
            if (!is_capture_name(name)) {
                return Error{"{" + std::string(name) +
                             "}: a capture's name is of a-z, 0-9 and _ and begins with a letter"};
            }
            size = close + 1;
        }
        if (auto added = pattern.add_wildcard(name); !added) return added.error();
        text.remove_prefix(size);
    }
    return pattern;
}

bool Pattern::takes(const Wildcard& wildcard, std::string_view run, Captures& captures) const {
    if (type_ != KeyType::text && run.find('/') != run.npos) return false;
    if (wildcard.name.empty()) return true;
    captures.push_back({wildcard.name, run});
    return !run.empty();
}

bool Pattern::match(std::string_view value, Captures& captures) const {
    if (type_ == KeyType::topic && prefix_.empty() && !is_literal() && value.starts_with('$')) return false;
    if (!has_rest_) return match_all(value, captures);
    return levels_ == 0 || match_all(first_levels(value, levels_), captures);
}

// The first place of a wildcard's literal is always the right one: a later one leaves less for the wildcards behind it,
// and in a path it could only help if a `/` lay between the two, which the wildcard could not have taken.
bool Pattern::match_all(std::string_view value, Captures& captures) const {
    if (!value.starts_with(prefix_)) return false;
    value.remove_prefix(prefix_.size());
    if (wildcards_.empty()) return value.empty();
    const std::size_t kept = captures.size();
    auto refuse = [&] {
        captures.resize(kept);
        return false;
    };
    for (std::size_t i = 0; i + 1 < wildcards_.size(); ++i) {
        const Wildcard& wildcard = wildcards_[i];
        std::size_t place = value.find(wildcard.after, wildcard.name.empty() ? 0 : 1);
        if (place == value.npos || !takes(wildcard, value.substr(0, place), captures)) return refuse();
        value.remove_prefix(place + wildcard.after.size());
    }
    const Wildcard& last = wildcards_.back();
    if (!value.ends_with(last.after)) return refuse();
    value.remove_suffix(last.after.size());
    return takes(last, value, captures) || refuse();
}

std::vector<std::string> Pattern::names() const {
    std::vector<std::string> names;
    for (const Wildcard& wildcard : wildcards_) {
        if (!wildcard.name.empty()) names.push_back(wildcard.name);
    }
    return names;
}

bool Pattern::has_star() const {
    return std::ranges::any_of(wildcards_, [](const Wildcard& wildcard) { return wildcard.name.empty(); });
}

// One value stands for all that `other` matches: what only a wildcard can match fills its wildcards, so whatever
// matches the value has a wildcard of its own in that place. It cannot speak for the `*` that takes nothing where a
// capture, which may not, would have to; nor where the two differ in what a wildcard may take.
bool Pattern::covers(const Pattern& other) const {
    Captures captures;
    if (other.is_literal()) return match(other.prefix_, captures);
    if (type_ != other.type_ || (other.has_rest_ && !has_rest_)) return false;
    if (other.has_star() && !names().empty()) return false;
    if (other.has_rest_ && other.levels_ == 0) return levels_ == 0;
    std::string value = other.prefix_;
    for (const Wildcard& wildcard : other.wildcards_) value += kFiller + wildcard.after;
    auto has_filler = [](const std::string& text) { return text.find(kFiller) != text.npos; };
    const bool is_odd = has_filler(prefix_) || std::ranges::any_of(wildcards_, has_filler, &Wildcard::after);
    return !is_odd && match(value, captures);
}

}  // namespace millrace
