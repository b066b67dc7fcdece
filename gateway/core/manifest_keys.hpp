#pragma once

#include <boost/json/fwd.hpp>
#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/result.hpp"

// The keys of a plugin's configuration, as its manifest declares them (MILLRACE_MANIFEST_SECTION in abi.h).
namespace millrace {

enum class SettingType {
    text,
    integer,
    number,
    boolean,
    duration,
    size,
    path,
    address,
    secret,
    content,
    list,
    map,
    any,
};

// "text", "bool", ...
std::string_view name_of(SettingType type);

// One key and what is below it; the root, which has no name, stands for all of them.
struct SettingKey {
    std::string path;  // "subscribe[].qos"
    std::string name;  // "qos", or "[]" for the items of a list.
    SettingType type = SettingType::map;
    bool is_required = false;
    std::optional<std::string> fallback;  // As the file writes it.
    double min = -std::numeric_limits<double>::infinity();
    double max = std::numeric_limits<double>::infinity();  // Durations in milliseconds, sizes in bytes.
    std::vector<std::string> choices;
    std::string unit;
    std::string otherwise;
    std::string about;
    std::vector<SettingKey> keys;  // Of a map; of a list at most one, "[]".

    const SettingKey* find(std::string_view name) const;

    // "1 to 64", "at least 1B", empty where there is no range.
    std::string range() const;
};

// Reads the manifest's "config". The error says which key is wrong, and how.
Result<SettingKey> read_setting_keys(const boost::json::value& config);

}  // namespace millrace
