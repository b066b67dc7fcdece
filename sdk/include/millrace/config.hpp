#pragma once

#include <chrono>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "millrace/abi.h"
#include "millrace/detail/json.hpp"
#include "millrace/detail/nearest.hpp"

// A plugin's own part of the configuration file, for those that read it key by key. Most declare their keys (keys.hpp),
// which the gateway then checks without running them.
//
//     explicit Settings(const millrace::Config& config)
//         : path(config.text("path")),                          // required: no default
//           size_max(config.size("size_max", 1 << 20)),         // 65536 or "64KiB"
//           patience(config.duration("patience", 20s, {1s, 5min})) {}
//
// Whoever asks for a key says its type, default and range in one place. A key that is missing, of another type or out
// of range is reported under its path ("subscribe[0].topic"); the getter then returns the default (where there is none:
// an empty value) and reading goes on, so that one run finds every mistake. What nobody asked for is an unknown key,
// reported by finish() with the nearest name that was asked for.
//
// A Config is a handle; copies name the same object. Thread: the one that calls `create`. It is valid as long as that
// call.
namespace millrace::inline sdk {

using Duration = std::chrono::milliseconds;

template <class T> inline constexpr T kLeast = std::numeric_limits<T>::min();
template <class T> inline constexpr T kMost = std::numeric_limits<T>::max();
template <> inline constexpr Duration kLeast<Duration>{0};
template <> inline constexpr Duration kMost<Duration> = Duration::max();
template <> inline constexpr double kLeast<double> = std::numeric_limits<double>::lowest();

// What a value may be, both ends included. Either end may be left out: {1}, {.max = 10}.
template <class T> struct Range {
    T min = kLeast<T>;
    T max = kMost<T>;
};

class Config {
  public:
    // Reads a JSON object. Where it is none, says so and acts as an empty one.
    Config(std::string_view json, const millrace_errors* errors) : document_(std::make_shared<Document>()) {
        document_->errors = errors;
        detail::JsonReader reader(json);
        std::optional<detail::Json> value = reader.read();
        if (!value)
            report("", "the configuration is not JSON: " + reader.error());
        else if (value->kind != detail::Json::Kind::object)
            report("", "expected keys, found " + kind_of(*value));
        else
            document_->root = std::move(*value);
        object_ = &document_->root;
        document_->visited.push_back({object_, path_, {}});
    }

    // Is the key there, with any value but null? Asking makes it a known key.
    bool has(std::string_view key) const { return find(key) != nullptr; }

    std::string text(std::string_view key) const { return required(key, "a text", std::string(), text_of); }
    std::string text(std::string_view key, std::string fallback) const { return get(key, "a text", fallback, text_of); }

    bool flag(std::string_view key, bool fallback) const { return get(key, "true or false", fallback, flag_of); }

    // A whole number.
    std::int64_t integer(std::string_view key, std::int64_t fallback, Range<std::int64_t> range = {}) const {
        const auto write = [](std::int64_t value) { return std::to_string(value); };
        return within(key, get(key, "a whole number", fallback, integer_of), fallback, range, write);
    }

    double number(std::string_view key, double fallback, Range<double> range = {}) const {
        const auto write = [](double value) { return std::to_string(value); };
        return within(key, get(key, "a number", fallback, number_of), fallback, range, write);
    }

    // Bytes: a whole number, or one with a unit: B, KiB, MiB, GiB.
    std::uint64_t size(std::string_view key, std::uint64_t fallback, Range<std::uint64_t> range = {}) const {
        const auto write = [](std::uint64_t value) { return std::to_string(value) + "B"; };
        return within(key, get(key, "a size like 64KiB", fallback, size_of), fallback, range, write);
    }

    // A time span: a whole number with a unit: ms, s, m, h, d. A bare number is refused, as in the gateway's own keys.
    Duration duration(std::string_view key, Duration fallback, Range<Duration> range = {}) const {
        const auto write = [](Duration value) { return std::to_string(value.count()) + "ms"; };
        return within(key, get(key, "a time span like 20s", fallback, duration_of), fallback, range, write);
    }

    // A list of texts; one text counts as a list of one.
    std::vector<std::string> texts(std::string_view key, std::vector<std::string> fallback = {}) const {
        const detail::Json* value = find(key);
        if (!value) return fallback;
        if (value->kind == detail::Json::Kind::text) return {value->text};
        std::vector<std::string> result;
        each(key, *value, "a list of texts", [&](const detail::Json& item, const std::string& path) {
            if (item.kind == detail::Json::Kind::text)
                result.push_back(item.text);
            else
                report(path, "expected a text, found " + kind_of(item));
        });
        return result;
    }

    // The object under a key, or nothing where the key is absent.
    std::optional<Config> object(std::string_view key) const {
        const detail::Json* value = find(key);
        return value ? nested(*value, path_of(key)) : std::nullopt;
    }

    // A list of objects; one object counts as a list of one.
    std::vector<Config> objects(std::string_view key) const {
        const detail::Json* value = find(key);
        std::vector<Config> result;
        const auto add = [&](const detail::Json& item, const std::string& path) {
            if (const std::optional<Config> config = nested(item, path)) result.push_back(*config);
        };
        if (!value) return result;
        if (value->kind == detail::Json::Kind::object)
            add(*value, path_of(key));
        else
            each(key, *value, "a list", add);
        return result;
    }

    // A list of texts and objects; one counts as a list of one.
    std::vector<std::variant<std::string, Config>> texts_or_objects(std::string_view key) const {
        const detail::Json* value = find(key);
        std::vector<std::variant<std::string, Config>> result;
        const auto add = [&](const detail::Json& item, const std::string& path) {
            if (item.kind == detail::Json::Kind::text)
                result.emplace_back(item.text);
            else if (const std::optional<Config> config = nested(item, path))
                result.emplace_back(*config);
        };
        if (!value) return result;
        if (value->kind == detail::Json::Kind::list)
            each(key, *value, "a list", add);
        else
            add(*value, path_of(key));
        return result;
    }

    // Reports what only the plugin can judge. An empty key means this object as a whole.
    void error(std::string_view key, std::string_view text) const { report(key.empty() ? path_ : path_of(key), text); }

    // Reports the keys that nobody asked for, here and in every object that was opened. Returns whether the whole
    // configuration is without error. To be called once, on any handle, after all reading.
    bool finish() const {
        for (const Visit& visit : document_->visited) {
            for (const std::string& name : visit.object->names) report_if_unknown(visit, name);
        }
        return document_->error_count == 0;
    }

  private:
    struct Visit {
        const detail::Json* object;
        std::string path;
        std::vector<std::string> asked;
    };

    struct Document {
        detail::Json root{detail::Json::Kind::object, false, {}, {}, {}};
        const millrace_errors* errors = nullptr;
        std::size_t error_count = 0;
        std::vector<Visit> visited;
    };

    Config(std::shared_ptr<Document> document, const detail::Json& object, std::string path)
        : document_(std::move(document)), object_(&object), path_(std::move(path)) {
        for (const Visit& visit : document_->visited) {
            if (visit.object == object_) return;
        }
        document_->visited.push_back({object_, path_, {}});
    }

    static std::string kind_of(const detail::Json& value) { return value.kind_name(); }

    static std::optional<std::string> text_of(const detail::Json& value) {
        return value.kind == detail::Json::Kind::text ? std::optional(value.text) : std::nullopt;
    }

    static std::optional<bool> flag_of(const detail::Json& value) {
        return value.kind == detail::Json::Kind::boolean ? std::optional(value.boolean) : std::nullopt;
    }

    static std::optional<std::int64_t> integer_of(const detail::Json& value) { return value.integer(); }

    static std::optional<double> number_of(const detail::Json& value) {
        double number = 0;
        const char* end = value.text.data() + value.text.size();
        const auto [stop, error] = std::from_chars(value.text.data(), end, number);
        if (value.kind != detail::Json::Kind::number || error != std::errc() || stop != end) return std::nullopt;
        return number;
    }

    static std::optional<std::uint64_t> size_of(const detail::Json& value) {
        static constexpr Unit kUnits[] = {{"B", 1}, {"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}};
        if (const std::optional<std::int64_t> count = value.integer()) return times(*count, 1);
        return quantity_of(value, kUnits);
    }

    static std::optional<Duration> duration_of(const detail::Json& value) {
        static constexpr Unit kUnits[] = {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}};
        const std::optional<std::int64_t> count = quantity_of(value, kUnits);
        return count ? std::optional(Duration(*count)) : std::nullopt;
    }

    struct Unit {
        std::string_view name;
        std::int64_t factor;
    };

    static std::optional<std::int64_t> times(std::int64_t count, std::int64_t factor) {
        std::int64_t product = 0;
        if (count < 0 || __builtin_mul_overflow(count, factor, &product)) return std::nullopt;
        return product;
    }

    // A text: a number that is not negative, and one of the units.
    template <std::size_t N>
    static std::optional<std::int64_t> quantity_of(const detail::Json& value, const Unit (&units)[N]) {
        if (value.kind != detail::Json::Kind::text) return std::nullopt;
        std::int64_t count = 0;
        const char* end = value.text.data() + value.text.size();
        const auto [stop, error] = std::from_chars(value.text.data(), end, count);
        if (error != std::errc()) return std::nullopt;
        for (const Unit& unit : units) {
            if (std::string_view(stop, end) == unit.name) return times(count, unit.factor);
        }
        return std::nullopt;
    }

    const detail::Json* find(std::string_view key) const {
        for (Visit& visit : document_->visited) {
            if (visit.object == object_) visit.asked.emplace_back(key);
        }
        for (std::size_t i = 0; i < object_->names.size(); ++i) {
            if (object_->names[i] != key) continue;
            return object_->items[i].kind == detail::Json::Kind::null ? nullptr : &object_->items[i];
        }
        return nullptr;
    }

    template <class T, class Convert>
    T get(std::string_view key, const std::string& expected, T fallback, Convert convert) const {
        const detail::Json* value = find(key);
        if (!value) return fallback;
        if (std::optional converted = convert(*value)) return *converted;
        const bool is_text = value->kind == detail::Json::Kind::text;
        report(path_of(key),
               "expected " + expected + ", found " + (is_text ? "`" + value->text + "`" : kind_of(*value)));
        return fallback;
    }

    template <class T, class Convert>
    T required(std::string_view key, const std::string& expected, T fallback, Convert convert) const {
        if (!find(key)) report(path_, "key `" + std::string(key) + "` is missing: it needs " + expected);
        return get(key, expected, fallback, convert);
    }

    template <class T, class Write>
    T within(std::string_view key, T value, T fallback, const Range<T>& range, Write write) const {
        if (value == fallback || (value >= range.min && value <= range.max)) return value;
        const bool below = value < range.min;
        report(path_of(key), write(value) + " is too " + (below ? "small: at least " : "large: at most ") +
                                 write(below ? range.min : range.max));
        return fallback;
    }

    template <class Take>
    void each(std::string_view key, const detail::Json& list, const std::string& expected, Take take) const {
        if (list.kind != detail::Json::Kind::list) {
            return report(path_of(key), "expected " + expected + ", found " + kind_of(list));
        }
        for (std::size_t i = 0; i < list.items.size(); ++i) {
            take(list.items[i], path_of(key) + "[" + std::to_string(i) + "]");
        }
    }

    std::optional<Config> nested(const detail::Json& value, const std::string& path) const {
        if (value.kind == detail::Json::Kind::object) return Config(document_, value, path);
        report(path, "expected keys, found " + kind_of(value));
        return std::nullopt;
    }

    void report_if_unknown(const Visit& visit, const std::string& name) const {
        const std::vector<std::string_view> asked(visit.asked.begin(), visit.asked.end());
        if (std::find(asked.begin(), asked.end(), name) != asked.end()) return;
        const std::optional<std::string_view> meant = detail::nearest(name, asked);
        report(visit.path.empty() ? name : visit.path + "." + name,
               "unknown key `" + name + "`" + (meant ? "; did you mean `" + std::string(*meant) + "`?" : ""));
    }

    std::string path_of(std::string_view key) const {
        return path_.empty() ? std::string(key) : path_ + "." + std::string(key);
    }

    void report(std::string_view path, std::string_view text) const {
        const auto bytes = [](std::string_view from) {
            return millrace_bytes{reinterpret_cast<const std::uint8_t*>(from.data()), from.size()};
        };
        ++document_->error_count;
        if (document_->errors) document_->errors->add(document_->errors->context, bytes(path), bytes(text));
    }

    std::shared_ptr<Document> document_;
    const detail::Json* object_ = nullptr;
    std::string path_;
};

}  // namespace millrace::inline sdk
