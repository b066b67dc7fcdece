#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <variant>
#include <vector>

#include "millrace/keys.hpp"

// The JSON of a manifest, written by the compiler.
namespace millrace::inline sdk::detail {

// Writes JSON, or only counts its size.
class ManifestWriter {
  public:
    constexpr explicit ManifestWriter(char* out) : out_(out) {}

    constexpr std::size_t size() const { return size_; }

    // A bracket, or a quote with what put() writes between the two.
    constexpr void begin(char bracket) { separate(), put(bracket), is_first_ = true; }
    constexpr void end(char bracket) { put(bracket), is_first_ = false; }
    constexpr void name(std::string_view name) { separate(), quote(name), put(':'), is_first_ = true; }
    constexpr void value(std::string_view text) { separate(), quote(text); }
    constexpr void value(bool flag) { separate(), put(std::string_view(flag ? "true" : "false")); }

    // Nothing where the value is empty.
    constexpr void member(std::string_view key, std::string_view text) {
        if (!text.empty()) name(key), value(text);
    }

    constexpr void number(std::int64_t value) { separate(), digits(value); }

    // Up to six decimal places.
    constexpr void number(double value) {
        separate();
        if (value < 0) put('-'), value = -value;
        auto whole = static_cast<std::uint64_t>(value);
        auto millionths = static_cast<std::uint32_t>((value - static_cast<double>(whole)) * 1e6 + 0.5);
        if (millionths == 1'000'000) ++whole, millionths = 0;
        digits(static_cast<std::int64_t>(whole));
        if (millionths == 0) return;
        put('.');
        for (std::uint32_t place = 100'000; millionths != 0; millionths %= place, place /= 10) {
            put(static_cast<char>('0' + millionths / place));
        }
    }

    // As the configuration file writes them.
    constexpr void number(Duration value) {
        const std::int64_t ms = value.count();
        const bool is_whole = ms % 1000 == 0 && ms != 0;
        separate(), put('"'), digits(is_whole ? ms / 1000 : ms), put(std::string_view(is_whole ? "s\"" : "ms\""));
    }

    constexpr void put(std::string_view text) {
        for (const char c : text) put(c);
    }

  private:
    constexpr void put(char c) {
        if (out_) out_[size_] = c;
        ++size_;
    }

    constexpr void separate() {
        if (!is_first_) put(',');
        is_first_ = false;
    }

    constexpr void quote(std::string_view text) {
        put('"');
        for (const char c : text) {
            if (static_cast<unsigned char>(c) < 0x20) throw "a control character in the manifest";
            if (c == '"' || c == '\\') put('\\');
            put(c);
        }
        put('"');
    }

    constexpr void digits(std::int64_t value) {
        if (value < 0) put('-');
        std::uint64_t rest = value < 0 ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
        std::array<char, 20> reversed{};
        std::size_t count = 0;
        do reversed[count++] = static_cast<char>('0' + rest % 10);
        while ((rest /= 10) != 0);
        while (count > 0) put(reversed[--count]);
    }

    char* out_;
    std::size_t size_ = 0;
    bool is_first_ = true;
};

// Where a key stands: "subscribe[].qos" is `qos` in an item of `subscribe`. Names need no escape.
struct KeyPath {
    const KeyPath* outer;
    std::string_view name;

    constexpr void write(ManifestWriter& out) const {
        if (outer) outer->write(out);
        if (outer && name != "[]") out.put(".");
        out.put(name);
    }
};

constexpr std::string_view text_type(Form form) {
    switch (form) {
        case Form::path:
            return "path";
        case Form::address:
            return "address";
        case Form::secret:
            return "secret";
        case Form::content:
            return "content";
        default:
            return "text";
    }
}

constexpr std::string_view type_of(const TextOptions& options) { return text_type(options.form); }
constexpr std::string_view type_of(const FlagOptions&) { return "bool"; }
constexpr std::string_view type_of(const DurationOptions&) { return "duration"; }
constexpr std::string_view type_of(const NumberOptions<double>&) { return "number"; }
constexpr std::string_view type_of(const NumberOptions<std::int64_t>& options) {
    return options.form == Form::size ? "size" : "integer";
}

template <HasRange Options> constexpr void write_range(ManifestWriter& out, const Options& options) {
    constexpr Options kNone;
    if (options.min != kNone.min) out.name("min"), out.number(options.min);
    if (options.max != kNone.max) out.name("max"), out.number(options.max);
}

constexpr void write_choices(ManifestWriter& out, const TextOptions& options) {
    if (options.choices[0].empty()) return;
    out.name("choices"), out.begin('[');
    for (const std::string_view choice : options.choices) {
        if (!choice.empty()) out.value(choice);
    }
    out.end(']');
}

template <HasFallback Options> constexpr void write_value(ManifestWriter& out, const Options& options) {
    if (options.fallback) {
        out.name("default");
        if constexpr (HasRange<Options>)
            out.number(*options.fallback);
        else
            out.value(*options.fallback);
    }
    if constexpr (HasRange<Options>) write_range(out, options);
    if constexpr (requires { options.unit; }) out.member("unit", options.unit);
    if constexpr (requires { options.choices; }) write_choices(out, options);
    out.member("otherwise", options.otherwise);
}

// What is in a list: a text, a map, or either.
template <class Item> struct ItemOf { using Part = Item; };
template <class Text, class Map> struct ItemOf<std::variant<Text, Map>> { using Part = Map; };
template <class T> inline constexpr bool kIsList = false;
template <class T> inline constexpr bool kIsList<std::vector<T>> = true;

// A map that may be absent is one.
template <class T> struct MapOf { using Type = T; };
template <class T> struct MapOf<std::optional<T>> { using Type = T; };

constexpr void begin_key(ManifestWriter& out, const KeyPath& path, std::string_view type) {
    out.begin('{'), out.name("key"), out.begin('"');
    path.write(out);
    out.end('"'), out.member("type", type);
}

template <class Owner> constexpr void write_keys(ManifestWriter& out, const KeyPath* outer);

template <class Item> constexpr void write_items(ManifestWriter& out, const KeyPath& list, Form form) {
    const KeyPath path{&list, "[]"};
    if constexpr (!HasKeys<Item>) begin_key(out, path, text_type(form)), out.end('}');
    if constexpr (HasKeys<typename ItemOf<Item>::Part>) write_keys<typename ItemOf<Item>::Part>(out, &path);
}

template <class Owner, class Member>
constexpr void write_key(ManifestWriter& out, const KeyPath* outer, const Key<Owner, Member>& key) {
    using Map = typename MapOf<Member>::Type;
    const KeyPath path{outer, key.name};
    if constexpr (kIsList<Member> || HasKeys<Map>)
        begin_key(out, path, kIsList<Member> ? "list" : "map");
    else
        begin_key(out, path, type_of(key.options));
    if (key.is_required()) out.name("required"), out.value(true);
    if constexpr (HasFallback<typename Key<Owner, Member>::Options>) write_value(out, key.options);
    out.member("about", key.options.about);
    out.end('}');
    if constexpr (kIsList<Member>) write_items<typename Member::value_type>(out, path, key.options.form);
    if constexpr (HasKeys<Map>) write_keys<Map>(out, &path);
}

template <class Owner> constexpr void write_keys(ManifestWriter& out, const KeyPath* outer) {
    constexpr auto kKeys = Owner::kKeys;  // A copy: g++ 12 takes the constant itself for one that changes.
    std::apply([&](const auto&... key) { (write_key(out, outer, key), ...); }, kKeys);
}

// Nothing where the plugin leaves the reading to itself: that is not the same as no keys.
template <class Settings> constexpr void write_config(ManifestWriter& out) {
    if constexpr (HasKeys<Settings>) {
        out.name("config"), out.begin('[');
        write_keys<Settings>(out, nullptr);
        out.end(']');
    }
}

// An id is a file name and a key of the configuration, and has the letters of one.
constexpr bool is_plugin_id(std::string_view id) { return is_key_name(id); }

constexpr void write_head(ManifestWriter& out, std::string_view id, std::string_view version, std::string_view kind) {
    out.member("id", id), out.member("version", version), out.member("kind", kind);
    out.member("abi", MILLRACE_ABI_TEXT);
}

// The text that `Write` writes, between braces. `Write` is a lambda without captures.
template <class Write> constexpr auto manifest_text(Write) {
    constexpr auto kWrite = [](ManifestWriter out) {
        out.begin('{');
        Write{}(out);
        out.end('}');
        return out.size();
    };
    std::array<char, kWrite(ManifestWriter(nullptr)) + 1> text{};
    kWrite(ManifestWriter(text.data()));
    return text;
}

}  // namespace millrace::inline sdk::detail
