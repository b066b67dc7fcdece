#include <algorithm>
#include <array>
#include <numeric>

#include "gateway/core/config.hpp"

namespace millrace {
namespace {

constexpr std::size_t kNameSizeMax = 64;

// How many letters have to be added, left out, replaced or swapped with their neighbour.
std::size_t distance(std::string_view a, std::string_view b) {
    using Row = std::array<std::size_t, kNameSizeMax + 1>;
    Row before_last{}, last{}, now{};
    std::iota(last.begin(), last.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        now[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            now[j] = std::min({last[j] + 1, now[j - 1] + 1, replaced});
            bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped) now[j] = std::min(now[j], before_last[j - 2] + 1);
        }
        before_last = last;
        last = now;
    }
    return last[b.size()];
}

}  // namespace

std::optional<std::string_view> nearest(std::string_view name, const std::vector<std::string_view>& candidates) {
    std::optional<std::string_view> found;
    if (name.size() > kNameSizeMax) return found;
    std::size_t least = std::max<std::size_t>(1, name.size() / 3) + 1;
    for (std::string_view candidate : candidates) {
        if (candidate.empty() || candidate.size() > kNameSizeMax) continue;
        if (candidate.size() >= name.size() + least || name.size() >= candidate.size() + least) continue;
        std::size_t steps = distance(name, candidate);
        if (steps >= least || steps >= std::max(name.size(), candidate.size())) continue;
        least = steps;
        found = candidate;
    }
    return found;
}

}  // namespace millrace
