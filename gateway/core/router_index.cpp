#include "gateway/core/router_index.hpp"

#include <algorithm>
#include <map>
#include <unordered_set>
#include <utility>

namespace millrace {
namespace {

void add_once(std::vector<std::uint32_t>& routes, std::uint32_t route) {
    if (routes.empty() || routes.back() != route) routes.push_back(route);
}

// The one by which the most texts are told apart.
std::string most_telling_key(const std::vector<RouteIndex::Row>& rows) {
    struct Texts {
        bool is_attribute = false;
        std::unordered_set<std::string_view> texts;
    };
    std::map<std::string_view, Texts> keys;
    for (const RouteIndex::Row& row : rows) {
        for (const RouteIndex::Key& key : row.keys) {
            if (!key.is_telling()) continue;
            Texts& of_key = keys[key.key];
            of_key.is_attribute = key.is_attribute;
            of_key.texts.insert(key.literals.begin(), key.literals.end());
            of_key.texts.insert(key.prefixes.begin(), key.prefixes.end());
        }
    }
    auto most = std::ranges::max_element(
        keys, {}, [](const auto& entry) { return std::pair(entry.second.texts.size(), entry.second.is_attribute); });
    return most == keys.end() ? std::string() : std::string(most->first);
}

}  // namespace

RouteIndex::Key RouteIndex::Key::of(const Predicate& predicate) {
    Key made{predicate.name, predicate.key.source == FactKey::Source::attribute, {}, {}};
    for (const ValueTest& value : predicate.values) {
        const Pattern* pattern = value.pattern();
        if (pattern && pattern->is_literal()) {
            made.literals.push_back(pattern->prefix());
        } else {
            made.prefixes.push_back(pattern ? pattern->prefix() : std::string());
        }
    }
    return made;
}

bool RouteIndex::Key::is_telling() const {
    return std::ranges::none_of(prefixes, [](const std::string& prefix) { return prefix.empty(); });
}

std::optional<std::uint32_t> RouteIndex::Candidates::next() {
    std::optional<std::uint32_t> least;
    for (const auto& list : lists_) {
        if (!list.empty() && (!least || list.front() < *least)) least = list.front();
    }
    if (!least) return least;
    for (auto& list : lists_) {
        if (!list.empty() && list.front() == *least) list = list.subspan(1);
    }
    return least;
}

RouteIndex::RouteIndex(const std::vector<Row>& rows) : key_(most_telling_key(rows)) {
    for (const Row& row : rows) add(row);
    for (const auto& [prefix, routes] : prefixes_) prefix_sizes_.push_back(prefix.size());
    std::ranges::sort(prefix_sizes_);
    prefix_sizes_.erase(std::unique(prefix_sizes_.begin(), prefix_sizes_.end()), prefix_sizes_.end());
}

void RouteIndex::add(const Row& row) {
    all_.push_back(row.route);
    auto found = std::ranges::find(row.keys, key_, &Key::key);
    if (found == row.keys.end() || !found->is_telling()) return add_once(others_, row.route);
    for (const std::string& literal : found->literals) add_once(literals_[literal], row.route);
    for (const std::string& prefix : found->prefixes) add_once(prefixes_[prefix], row.route);
}

RouteIndex::Candidates RouteIndex::find(const Finding& finding) const {
    Candidates candidates;
    if (finding.state == Finding::State::unknown) {
        candidates.add(all_);
        return candidates;
    }
    candidates.add(others_);
    for (std::string_view value : finding.values) find(value, candidates);
    return candidates;
}

void RouteIndex::find(std::string_view value, Candidates& candidates) const {
    if (auto list = literals_.find(value); list != literals_.end()) candidates.add(list->second);
    for (std::size_t size : prefix_sizes_) {
        if (size > value.size()) break;
        auto list = prefixes_.find(value.substr(0, size));
        if (list != prefixes_.end()) candidates.add(list->second);
    }
}

}  // namespace millrace
