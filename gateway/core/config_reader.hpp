#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/core/config.hpp"
#include "gateway/core/quantity.hpp"
#include "gateway/core/yaml.hpp"

// Typed reading of the configuration's keys. Whatever is wrong is added to a list of errors with its place, and reading
// goes on; a value that is wrong or absent leaves its target, the default, as it is.
namespace millrace {

using ConfigErrors = std::vector<ConfigError>;

void report(ConfigErrors& errors, Position at, std::string code, std::string text);

// "; did you mean 'x'?" where one of `names` is near; else "; there is x, y and z", or nothing where there is none.
std::string hint(std::string_view name, const std::vector<std::string_view>& names);

// a-z, 0-9, single _ or - between them; begins with a letter; at most 64 long.
bool is_name(std::string_view text);

// What an error calls a value: "a list", "text", "nothing", ...
std::string describe(const YamlNode& node);

// The text of a scalar that is not null, or nothing and an error that says `wanted` ("a name").
const std::string* read_scalar(const YamlNode& node, std::string_view key, std::string_view wanted,
                               ConfigErrors& errors);

// The keys of one map, of which `known` are valid; all others are reported at once.
class MapReader {
  public:
    // `at` and `where` ("consumer 'echo'") place the errors about keys that are missing. A node without a value reads
    // as an empty map. All have to outlive the reader.
    MapReader(const YamlNode& node, Position at, std::string where, std::span<const std::string_view> known,
              ConfigErrors& errors);

    const YamlEntry* find(std::string_view key) const { return node_.find(key); }
    const YamlEntry* require(std::string_view key);

    // Text that is not empty.
    void read(std::string_view key, std::string& into);
    void read_choice(std::string_view key, std::string& into, std::initializer_list<std::string_view> choices);
    void read_flag(std::string_view key, bool& into);

    // Both bounds are valid values. Counts are plain numbers; sizes take B, KiB, MiB, GiB; durations need ms, s, m, h,
    // d.
    void read_count(std::string_view key, std::uint64_t& into, std::uint64_t least, std::uint64_t most);
    void read_size(std::string_view key, std::uint64_t& into, std::uint64_t least, std::uint64_t most);
    void read_duration(std::string_view key, std::uint32_t& into_ms, std::uint64_t least_ms, std::uint64_t most_ms);
    void read_duration(std::string_view key, std::uint64_t& into_ms, std::uint64_t least_ms, std::uint64_t most_ms);
    void read_real(std::string_view key, double& into, double least, double most);

  private:
    void read_number(std::string_view key, std::uint64_t& into, std::span<const Unit> units, std::string_view wanted,
                     std::uint64_t least, std::uint64_t most);

    const YamlNode& node_;
    Position at_;
    std::string where_;
    ConfigErrors& errors_;
};

}  // namespace millrace
