#include "gateway/core/quantity.hpp"

#include <algorithm>
#include <charconv>

namespace millrace {

std::optional<std::uint64_t> read_quantity(std::string_view text, std::span<const Unit> units) {
    const std::string_view digits = text.substr(0, text.find_first_not_of("0123456789"));
    const auto unit = std::ranges::find(units, text.substr(digits.size()), &Unit::name);
    if (digits.empty() || unit == units.end()) return std::nullopt;
    std::uint64_t number = 0;
    const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (failure != std::errc() || number > UINT64_MAX / unit->factor) return UINT64_MAX;
    return number * unit->factor;
}

std::string write_quantity(std::uint64_t value, std::span<const Unit> units) {
    const auto fits = [value](const Unit& unit) { return value != 0 && value % unit.factor == 0; };
    const auto unit = std::find_if(units.rbegin(), units.rend(), fits);
    if (unit == units.rend()) return std::to_string(value) + std::string(units.front().name);
    return std::to_string(value / unit->factor) + std::string(unit->name);
}

}  // namespace millrace
