#pragma once

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

namespace millrace::inline sdk::detail {

// How many letters have to be added, dropped, changed or swapped with their neighbour to make `a` of `b`.
inline std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before, above(b.size() + 1), row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) above[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] != b[j - 1])});
            const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
        }
        before = above;
        above = row;
    }
    return above[b.size()];
}

// The one of `candidates` that a misspelt name most likely means: at most a third of its letters are wrong; of several
// equally near, the one that begins most like it.
inline std::optional<std::string_view> nearest(std::string_view name, const std::vector<std::string_view>& candidates) {
    constexpr std::size_t kLengthMax = 64;
    if (name.size() > kLengthMax) return std::nullopt;
    std::optional<std::string_view> best;
    std::size_t best_distance = std::max<std::size_t>(1, name.size() / 3) + 1;
    std::size_t best_prefix = 0;
    for (const std::string_view candidate : candidates) {
        if (candidate.size() > kLengthMax) continue;
        const std::size_t distance = edit_distance(name, candidate);
        const auto differ = std::mismatch(name.begin(), name.end(), candidate.begin(), candidate.end());
        const auto prefix = static_cast<std::size_t>(differ.first - name.begin());
        if (distance > best_distance || (distance == best_distance && prefix <= best_prefix)) continue;
        best = candidate, best_distance = distance, best_prefix = prefix;
    }
    return best;
}

}  // namespace millrace::inline sdk::detail
