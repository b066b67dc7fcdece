#include "gateway/core/router_pattern.hpp"

#include <algorithm>

namespace millrace {
namespace {

bool is_capture_name(std::string_view name) {
    if (name.empty() || !(name[0] >= 'a' && name[0] <= 'z')) return false;
    return std::ranges::all_of(name,
                               [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
}

}  // namespace

Result<Pattern> Pattern::compile(std::string_view text, bool is_path) {
    Pattern pattern;
    pattern.is_path_ = is_path;
    while (!text.empty()) {
        std::string& literal = pattern.wildcards_.empty() ? pattern.prefix_ : pattern.wildcards_.back().after;
        std::size_t end = std::min(text.find_first_of("*{}"), text.size());
        literal.append(text.substr(0, end));
        text.remove_prefix(end);
        if (text.empty()) break;
        if (text[0] == '}') return Error{"a } without its {"};
        if (!pattern.wildcards_.empty() && literal.empty()) return Error{"two wildcards with nothing between them"};
        Wildcard wildcard;
        std::size_t size = 1;
        if (text[0] == '{') {
            std::size_t close = text.find('}');
            if (close == text.npos) return Error{"a { without its }"};
            wildcard.name = text.substr(1, close - 1);
            if (!is_capture_name(wildcard.name)) {
                return Error{"{" + wildcard.name + "}: a capture's name is of a-z, 0-9 and _ and begins with a letter"};
            }
            for (const Wildcard& other : pattern.wildcards_) {
                if (other.name == wildcard.name) return Error{"{" + wildcard.name + "} stands there twice"};
            }
            size = close + 1;
        }
        text.remove_prefix(size);
        pattern.wildcards_.push_back(std::move(wildcard));
    }
    return pattern;
}

bool Pattern::takes(const Wildcard& wildcard, std::string_view run, Captures& captures) const {
    if (is_path_ && run.find('/') != run.npos) return false;
    if (wildcard.name.empty()) return true;
    captures.push_back({wildcard.name, run});
    return !run.empty();
}

// The first place of a wildcard's literal is always the right one: a later one leaves less for the wildcards behind it,
// and in a path it could only help if a `/` lay between the two, which the wildcard could not have taken.
bool Pattern::match(std::string_view value, Captures& captures) const {
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

std::string Pattern::sample(char filler) const {
    std::string text = prefix_;
    for (const Wildcard& wildcard : wildcards_) text += filler + wildcard.after;
    return text;
}

bool Pattern::has_star() const {
    return std::ranges::any_of(wildcards_, [](const Wildcard& wildcard) { return wildcard.name.empty(); });
}

}  // namespace millrace
