#include "gateway/core/router_index.hpp"

#include <algorithm>
#include <map>

namespace millrace {
namespace {

void add_once(std::vector<std::uint32_t>& routes, std::uint32_t route) {
    if (routes.empty() || routes.back() != route) routes.push_back(route);
}

std::string most_telling_key(const std::vector<RouteIndex::Row>& rows) {
    std::map<std::string, std::size_t> counts;
    for (const RouteIndex::Row& row : rows) {
        for (const RouteIndex::Key& key : row.keys) counts[key.key] += key.is_telling() ? 1 : 0;
    }
    auto most = std::ranges::max_element(counts, {}, [](const auto& entry) { return entry.second; });
    return most == counts.end() ? std::string() : most->first;
}

}  // namespace

RouteIndex::Key RouteIndex::Key::of(const std::string& key, const std::vector<Pattern>& patterns) {
    Key made{key, {}, {}};
    for (const Pattern& pattern : patterns) {
        (pattern.is_literal() ? made.literals : made.prefixes).push_back(pattern.prefix());
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
    auto found = std::ranges::find(row.keys, key_, &Key::key);
    if (found == row.keys.end() || !found->is_telling()) return add_once(others_, row.route);
    for (const std::string& literal : found->literals) add_once(literals_[literal], row.route);
    for (const std::string& prefix : found->prefixes) add_once(prefixes_[prefix], row.route);
}

RouteIndex::Candidates RouteIndex::find(std::span<const Attribute> attributes) const {
    Candidates candidates;
    if (!others_.empty()) candidates.add(others_);
    auto found = std::ranges::find(attributes, std::string_view(key_), &Attribute::key);
    if (found == attributes.end()) return candidates;
    if (auto list = literals_.find(found->value); list != literals_.end()) candidates.add(list->second);
    for (std::size_t size : prefix_sizes_) {
        if (size > found->value.size()) break;
        auto list = prefixes_.find(found->value.substr(0, size));
        if (list != prefixes_.end()) candidates.add(list->second);
    }
    return candidates;
}

}  // namespace millrace
