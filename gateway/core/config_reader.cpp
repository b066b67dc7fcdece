#include "gateway/core/config_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace millrace {
namespace {

constexpr std::size_t kNameSizeMax = 64;
constexpr std::size_t kListedMax = 12;

}  // namespace

void report(ConfigErrors& errors, Position at, std::string code, std::string text) {
    errors.push_back({at, std::move(code), std::move(text)});
}

std::string hint(std::string_view name, const std::vector<std::string_view>& names) {
    if (auto near = nearest(name, names)) return "; did you mean '" + std::string(*near) + "'?";
    if (names.empty() || names.size() > kListedMax) return "";
    std::string text = "; there is ";
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (i > 0) text += i + 1 == names.size() ? " and " : ", ";
        text += names[i];
    }
    return text;
}

bool is_name(std::string_view text) {
    if (text.empty() || text.size() > kNameSizeMax || !(text[0] >= 'a' && text[0] <= 'z')) return false;
    bool joined = false;
    for (char c : text) {
        bool joins = c == '_' || c == '-';
        if (joins ? joined : !((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))) return false;
        joined = joins;
    }
    return !joined;
}

std::string describe(const YamlNode& node) {
    switch (node.kind) {
        case YamlNode::Kind::null:
            return "nothing";
        case YamlNode::Kind::list:
            return "a list";
        case YamlNode::Kind::map:
            return "a map";
        case YamlNode::Kind::scalar:
            break;
    }
    return node.text.size() > kNameSizeMax ? "a long text" : "'" + node.text + "'";
}

const std::string* read_scalar(const YamlNode& node, std::string_view key, std::string_view wanted,
                               ConfigErrors& errors) {
    if (node.kind == YamlNode::Kind::scalar) return &node.text;
    report(errors, node.at, "wrong-type",
           "'" + std::string(key) + "' has to be " + std::string(wanted) + ", not " + describe(node));
    return nullptr;
}

MapReader::MapReader(const YamlNode& node, Position at, std::string where, std::span<const std::string_view> known,
                     ConfigErrors& errors)
    : node_(node), at_(at), where_(std::move(where)), errors_(errors) {
    if (node.kind == YamlNode::Kind::scalar || node.kind == YamlNode::Kind::list) {
        report(errors, node.at, "wrong-type", where_ + " has to be a map of keys, not " + describe(node));
    }
    for (const YamlEntry& entry : node.entries) {
        if (std::ranges::find(known, entry.key) != known.end()) continue;
        report(errors, entry.at, "unknown-key",
               "unknown key '" + entry.key + "' in " + where_ + hint(entry.key, {known.begin(), known.end()}));
    }
}

const YamlEntry* MapReader::require(std::string_view key) {
    const YamlEntry* entry = find(key);
    bool is_map = node_.kind == YamlNode::Kind::map || node_.kind == YamlNode::Kind::null;
    if (entry == nullptr && is_map) {
        report(errors_, at_, "missing-key", where_ + " needs the key '" + std::string(key) + "'");
    }
    return entry;
}

void MapReader::read(std::string_view key, std::string& into) {
    const YamlEntry* entry = find(key);
    if (entry == nullptr) return;
    const std::string* text = read_scalar(entry->value, key, "text", errors_);
    if (text == nullptr) return;
    if (text->empty()) return report(errors_, entry->value.at, "bad-value", "'" + std::string(key) + "' is empty");
    into = *text;
}

void MapReader::read_choice(std::string_view key, std::string& into, std::initializer_list<std::string_view> choices) {
    std::string text;
    read(key, text);
    if (text.empty()) return;
    if (std::ranges::find(choices, text) == choices.end()) {
        return report(errors_, find(key)->value.at, "bad-value",
                      "'" + std::string(key) + "' cannot be '" + text + "'" + hint(text, choices));
    }
    into = text;
}

void MapReader::read_flag(std::string_view key, bool& into) {
    const YamlEntry* entry = find(key);
    if (entry == nullptr) return;
    const YamlNode& node = entry->value;
    if (node.kind != YamlNode::Kind::scalar || type_of(node) != YamlType::boolean) {
        return report(errors_, node.at, "wrong-type",
                      "'" + std::string(key) + "' has to be true or false, not " + describe(node));
    }
    into = node.text[0] == 't' || node.text[0] == 'T';
}

void MapReader::read_number(std::string_view key, std::uint64_t& into, std::span<const Unit> units,
                            std::string_view wanted, std::uint64_t least, std::uint64_t most) {
    const YamlEntry* entry = find(key);
    if (entry == nullptr) return;
    const std::string* text = read_scalar(entry->value, key, wanted, errors_);
    if (text == nullptr) return;
    const auto number = read_quantity(*text, units);
    const bool is_text = entry->value.is_quoted && text->find_first_not_of("0123456789") == text->npos;
    if (!number || is_text) {
        return report(
            errors_, entry->value.at, "wrong-type",
            "'" + std::string(key) + "' has to be " + std::string(wanted) + ", not " + describe(entry->value));
    }
    if (*number < least || *number > most) {
        return report(errors_, entry->value.at, "bad-value",
                      fmt::format("'{}' has to be from {} to {}", key, write_quantity(least, units),
                                  write_quantity(most, units)));
    }
    into = *number;
}

void MapReader::read_count(std::string_view key, std::uint64_t& into, std::uint64_t least, std::uint64_t most) {
    read_number(key, into, kCountUnits, "a whole number", least, most);
}

void MapReader::read_size(std::string_view key, std::uint64_t& into, std::uint64_t least, std::uint64_t most) {
    read_number(key, into, kSizeUnits, "a size such as 64KiB or 8MiB", least, most);
}

void MapReader::read_duration(std::string_view key, std::uint32_t& into_ms, std::uint64_t least_ms,
                              std::uint64_t most_ms) {
    std::uint64_t value = into_ms;
    read_duration(key, value, least_ms, most_ms);
    into_ms = static_cast<std::uint32_t>(value);
}

void MapReader::read_duration(std::string_view key, std::uint64_t& into_ms, std::uint64_t least_ms,
                              std::uint64_t most_ms) {
    read_number(key, into_ms, kDurationUnits, "a duration such as 500ms, 20s or 10m", least_ms, most_ms);
}

void MapReader::read_real(std::string_view key, double& into, double least, double most) {
    const YamlEntry* entry = find(key);
    if (entry == nullptr) return;
    const std::string* text = read_scalar(entry->value, key, "a number", errors_);
    if (text == nullptr) return;
    double value = 0;
    const char* last = text->data() + text->size();
    auto [end, failure] = std::from_chars(text->data(), last, value);
    YamlType type = type_of(entry->value);
    if ((type != YamlType::integer && type != YamlType::real) || failure == std::errc::invalid_argument ||
        end != last) {
        return report(errors_, entry->value.at, "wrong-type",
                      fmt::format("'{}' has to be a number, not {}", key, describe(entry->value)));
    }
    if (failure != std::errc() || value < least || value > most) {
        return report(errors_, entry->value.at, "bad-value",
                      fmt::format("'{}' has to be from {} to {}", key, least, most));
    }
    into = value;
}

}  // namespace millrace
