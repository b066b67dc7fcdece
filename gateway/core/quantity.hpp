#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

// Whole numbers with a unit, as the configuration writes them: 64KiB, 500ms.
namespace millrace {

struct Unit {
    std::string_view name;
    std::uint64_t factor;
};

inline constexpr Unit kCountUnits[] = {{"", 1}};
inline constexpr Unit kSizeUnits[] = {{"", 1}, {"B", 1}, {"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}};
inline constexpr Unit kDurationUnits[] = {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}};

// Nothing where the text has not this form; what is too large is UINT64_MAX.
std::optional<std::uint64_t> read_quantity(std::string_view text, std::span<const Unit> units);

// In the largest unit in which the value is whole.
std::string write_quantity(std::uint64_t value, std::span<const Unit> units);

}  // namespace millrace
