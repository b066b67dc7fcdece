#include "gateway/core/manifest_keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <cmath>
#include <utility>

#include "gateway/core/quantity.hpp"

namespace millrace {
namespace {

namespace json = boost::json;

constexpr std::size_t kKeysMax = 256;
constexpr std::size_t kDepthMax = 8;
constexpr std::size_t kTextSizeMax = 1024;
constexpr std::array<std::string_view, 13> kTypes = {"text", "integer", "number",  "bool",   "duration",
                                                     "size", "path",    "address", "secret", "content",
                                                     "list", "map",     "any"};

Error wrong(std::string_view path, std::string_view text) {
    return {fmt::format("manifest: the key \"{}\": {}", path, text)};
}

bool is_key_name(std::string_view name) {
    constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789_-";
    return !name.empty() && name.size() <= 64 && name.find_first_not_of(kLetters) == name.npos;
}

bool is_numeric(SettingType type) {
    return type == SettingType::integer || type == SettingType::number || type == SettingType::duration ||
           type == SettingType::size;
}

bool is_textual(SettingType type) {
    return type == SettingType::text || type == SettingType::path || type == SettingType::address;
}

// "a.b[].c" as a, b, [], c; empty where it is none.
std::vector<std::string_view> segments_of(std::string_view path) {
    std::vector<std::string_view> segments;
    while (!path.empty()) {
        if (path.starts_with("[]") && !segments.empty()) {
            segments.push_back(path.substr(0, 2));
        } else {
            if (!segments.empty() && !path.starts_with('.')) return {};
            if (!segments.empty()) path.remove_prefix(1);
            segments.push_back(path.substr(0, path.find_first_of(".[")));
            if (!is_key_name(segments.back())) return {};
        }
        path.remove_prefix(segments.back().size());
    }
    return segments.size() > kDepthMax ? std::vector<std::string_view>{} : segments;
}

// The amount that a value of the manifest stands for, in the smallest unit.
std::optional<double> amount_of(const json::value& value, SettingType type) {
    const auto units = type == SettingType::duration ? std::span<const Unit>(kDurationUnits) : kSizeUnits;
    if (type != SettingType::duration && value.is_number()) {
        const auto number = value.to_number<double>();  // NaN where the exponent is absurd.
        const bool is_right = std::isfinite(number) && (type == SettingType::number || std::trunc(number) == number);
        return is_right ? std::optional(number) : std::nullopt;
    }
    if (!value.is_string() || (type != SettingType::duration && type != SettingType::size)) return std::nullopt;
    const auto amount = read_quantity(value.get_string(), units);
    return amount ? std::optional(static_cast<double>(*amount)) : std::nullopt;
}

std::string write_amount(double amount, SettingType type) {
    if (type == SettingType::number || amount < 0 || amount >= 0x1p63) return fmt::format("{}", amount);
    const auto whole = static_cast<std::uint64_t>(amount);
    if (type == SettingType::integer) return std::to_string(whole);
    return write_quantity(whole, type == SettingType::size ? std::span<const Unit>(kSizeUnits) : kDurationUnits);
}

class KeyReader {
  public:
    KeyReader(const json::object& object, SettingKey& key) : object_(object), key_(key) {}

    Result<void> read() {
        read_flag("required", key_.is_required);
        read_text("unit", key_.unit);
        read_text("otherwise", key_.otherwise);
        read_text("about", key_.about);
        read_bound("min", key_.min);
        read_bound("max", key_.max);
        read_choices();
        read_fallback();
        if (key_.min > key_.max) fail("\"min\" is above \"max\"");
        if (key_.is_required && key_.fallback) fail("it is required, and has a default");
        return fault_.empty() ? Result<void>() : wrong(key_.path, fault_);
    }

  private:
    void fail(std::string text) {
        if (fault_.empty()) fault_ = std::move(text);
    }

    void read_flag(std::string_view name, bool& into) {
        const json::value* value = object_.if_contains(name);
        if (value != nullptr && !value->is_bool()) fail(fmt::format("\"{}\" has to be true or false", name));
        if (value != nullptr && value->is_bool()) into = value->get_bool();
    }

    void read_text(std::string_view name, std::string& into) {
        const json::value* value = object_.if_contains(name);
        if (value == nullptr) return;
        const json::string* text = value->if_string();
        const bool is_line = text != nullptr && text->size() <= kTextSizeMax &&
                             std::ranges::none_of(*text, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
        if (!is_line) return fail(fmt::format("\"{}\" has to be one line of text", name));
        into = *text;
    }

    void read_bound(std::string_view name, double& into) {
        const json::value* value = object_.if_contains(name);
        if (value == nullptr) return;
        if (!is_numeric(key_.type)) return fail(fmt::format("\"{}\" is for numbers, sizes and durations", name));
        const auto amount = amount_of(*value, key_.type);
        if (!amount) return fail(fmt::format("\"{}\" has to be a value of its type", name));
        into = *amount;
    }

    void read_choices() {
        const json::value* value = object_.if_contains("choices");
        if (value == nullptr) return;
        const json::array* list = value->if_array();
        const bool is_right = key_.type == SettingType::text && list != nullptr && !list->empty() &&
                              list->size() <= 64 &&
                              std::ranges::all_of(*list, [](const json::value& item) { return item.is_string(); });
        if (!is_right) return fail("\"choices\" has to be a list of texts, for a text");
        for (const json::value& item : *list) key_.choices.emplace_back(item.get_string());
    }

    void read_fallback() {
        const json::value* value = object_.if_contains("default");
        if (value == nullptr) return;
        if (is_textual(key_.type) && value->is_string()) {
            read_text("default", key_.fallback.emplace());
            const bool is_choice = key_.choices.empty() || std::ranges::count(key_.choices, *key_.fallback) != 0;
            if (!is_choice) fail("\"default\" is none of the choices");
        } else if (key_.type == SettingType::boolean && value->is_bool()) {
            key_.fallback = value->get_bool() ? "true" : "false";
        } else if (const auto amount = is_numeric(key_.type) ? amount_of(*value, key_.type) : std::nullopt) {
            key_.fallback = write_amount(*amount, key_.type);
            if (*amount < key_.min || *amount > key_.max) fail("\"default\" is out of range");
        } else {
            fail("\"default\" has to be a value of its type");
        }
    }

    const json::object& object_;
    SettingKey& key_;
    std::string fault_;
};

// What stands above a key; made where only what is below it is declared.
Result<SettingKey*> enter(SettingKey& outer, std::string_view name, std::string_view inner, std::string_view path) {
    auto found = std::ranges::find(outer.keys, name, &SettingKey::name);
    if (found == outer.keys.end()) {
        SettingKey& made = outer.keys.emplace_back();
        made.path = path;
        made.name = name;
        made.type = inner == "[]" ? SettingType::list : SettingType::map;
        return &made;
    }
    const bool is_list = found->type == SettingType::list;
    const bool is_union = name == "[]" && found->type != SettingType::any;
    const bool is_right = inner == "[]" ? is_list : !is_list && (is_union || found->type == SettingType::map);
    if (!is_right)
        return wrong(found->path, fmt::format("it is of type {}: nothing is below it", name_of(found->type)));
    return &*found;
}

Result<void> add_key(SettingKey& root, const json::object& object) {
    const json::value* path = object.if_contains("key");
    const json::value* type = object.if_contains("type");
    if (path == nullptr || !path->is_string()) return Error{"manifest: \"config[].key\" has to be a path of keys"};
    const std::string_view whole = path->get_string();
    const auto segments = segments_of(whole.substr(0, kTextSizeMax));
    if (segments.empty()) {
        return Error{
            "manifest: \"config[].key\" has to be a path such as subscribe[].qos, of a-z, 0-9, _ and -, at most 8 "
            "deep"};
    }
    SettingKey* outer = &root;
    for (std::size_t i = 0; i + 1 < segments.size(); ++i) {
        const auto size = static_cast<std::size_t>(segments[i].data() - whole.data()) + segments[i].size();
        const auto entered = enter(*outer, segments[i], segments[i + 1], whole.substr(0, size));
        if (!entered) return entered.error();
        outer = *entered;
    }
    if (outer->find(segments.back()) != nullptr) return wrong(whole, "it stands there twice");
    const auto known = type != nullptr && type->is_string()
                           ? std::ranges::find(kTypes, std::string_view(type->get_string()))
                           : kTypes.end();
    if (known == kTypes.end())
        return wrong(whole, fmt::format("\"type\" has to be one of {}", fmt::join(kTypes, ", ")));
    SettingKey& key = outer->keys.emplace_back();
    key.path = whole;
    key.name = segments.back();
    key.type = static_cast<SettingType>(known - kTypes.begin());
    return KeyReader(object, key).read();
}

}  // namespace

std::string_view name_of(SettingType type) { return kTypes[static_cast<std::size_t>(type)]; }

const SettingKey* SettingKey::find(std::string_view key) const {
    const auto found = std::ranges::find(keys, key, &SettingKey::name);
    return found == keys.end() ? nullptr : &*found;
}

std::string SettingKey::range() const {
    if (!std::isfinite(min) && !std::isfinite(max)) return "";
    if (!std::isfinite(max)) return "at least " + write_amount(min, type);
    if (!std::isfinite(min)) return "at most " + write_amount(max, type);
    return "from " + write_amount(min, type) + " to " + write_amount(max, type);
}

Result<SettingKey> read_setting_keys(const json::value& config) {
    const json::array* list = config.if_array();
    if (list == nullptr || list->size() > kKeysMax) {
        return Error{"manifest: \"config\" has to be a list of at most 256 objects"};
    }
    SettingKey root;
    for (const json::value& item : *list) {
        if (!item.is_object()) return Error{"manifest: \"config\" has to be a list of at most 256 objects"};
        const Result<void> added = add_key(root, item.get_object());
        if (!added) return added.error();
    }
    return root;
}

}  // namespace millrace
