#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

#include "millrace/config.hpp"

// The keys of a plugin's configuration, declared once: the manifest says them, and they are read by them.
//
//     struct Shared {
//         std::string file;
//         std::int64_t limit;
//         millrace::Duration patience;
//         std::optional<std::string> password;
//
//         static constexpr auto kKeys = millrace::keys(
//             millrace::key("file", &Shared::file, {.form = millrace::Form::path, .about = "what to write to"}),
//             millrace::key("limit", &Shared::limit, {.fallback = 80, .min = 1, .max = 1000}),
//             millrace::key("patience", &Shared::patience, {.fallback = 20s, .max = 5min}),
//             millrace::key("password", &Shared::password, {.form = millrace::Form::secret}));
//     };
//
// A consumer's `Shared` or an adapter's `Settings` that has kKeys and no constructor is filled when the plugin is
// created. One that has more to judge has a constructor that begins with millrace::read(config, *this).
//
// Type      is the member's: std::string, bool, a whole number, double, Duration, a struct with kKeys of its own (a
//           map), and a vector of texts, of such structs, or of std::variant<std::string, Struct> (a list; one counts
//           as a list of one). What the type does not tell, `form` does.
// Required  is a text, number, duration or flag, unless it has a fallback, says `otherwise`, or is a std::optional. A
//           list or map is, if it says so; absent ones are empty, or have the fallbacks of their keys.
// Check     The gateway holds the file to the declaration before it runs any code of the plugin: what is unknown,
//           missing, of a wrong type or out of range is reported with line and column. Mistakes in the declaration
//           itself do not compile.
// Thread    read() is called where Config is: in `create`.
namespace millrace::inline sdk {

// What a text or a whole number is.
enum class Form {
    plain,
    size,     // Numbers: bytes, written like 64KiB.
    path,     // Texts: a file or folder; relative ones count from the folder of the configuration file.
    address,  // Texts: IP:PORT.
    content,  // Texts: what is in a file, which the configuration names; a change of it is one of the configuration.
    secret,   // Texts: written as { env: NAME }, { file: PATH }, { credential: NAME } or { plain: TEXT }; never shown.
};

struct TextOptions {
    std::optional<std::string_view> fallback{};
    Form form = Form::plain;
    std::string_view choices[8]{};  // Where there are any, it has to be one of them.
    std::string_view otherwise{};   // In words, what holds without it; the member keeps the value that it has.
    std::string_view about{};
};

template <class Number> struct NumberOptions {
    std::optional<Number> fallback{};
    Form form = Form::plain;
    Number min = std::numeric_limits<Number>::lowest();
    Number max = std::numeric_limits<Number>::max();
    std::string_view unit{};  // Of plain ones, in words.
    std::string_view otherwise{};
    std::string_view about{};
};

struct DurationOptions {
    std::optional<Duration> fallback{};
    Duration min{0};
    Duration max = Duration::max();
    std::string_view otherwise{};
    std::string_view about{};
};

struct FlagOptions {
    std::optional<bool> fallback{};
    std::string_view otherwise{};
    std::string_view about{};
};

// Lists and maps.
struct PartOptions {
    bool required = false;
    Form form = Form::plain;  // Of the texts in a list.
    std::string_view about{};
};

namespace detail {

template <class T>
concept HasKeys = requires {
    T::kKeys;
};

template <class T> struct OptionsOf { using type = PartOptions; };
template <> struct OptionsOf<std::string> { using type = TextOptions; };
template <> struct OptionsOf<bool> { using type = FlagOptions; };
template <> struct OptionsOf<double> { using type = NumberOptions<double>; };
template <> struct OptionsOf<Duration> { using type = DurationOptions; };
template <std::integral T> struct OptionsOf<T> { using type = NumberOptions<std::int64_t>; };
template <class T> struct OptionsOf<std::optional<T>> : OptionsOf<T> {};

template <class T> inline constexpr bool kIsOptional = false;
template <class T> inline constexpr bool kIsOptional<std::optional<T>> = true;

template <class Options>
concept HasFallback = requires(const Options& options) {
    options.fallback;
};
template <class Options>
concept HasRange = requires(const Options& options) {
    options.min;
};

constexpr bool is_key_name(std::string_view name) {
    for (const char c : name) {
        if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' && c != '-') return false;
    }
    return !name.empty() && name.size() <= 64;
}

template <class Owner, class Member> struct Key {
    using Options = typename OptionsOf<Member>::type;

    std::string_view name;
    Member Owner::*member;
    Options options;

    constexpr bool is_required() const {
        if constexpr (!HasFallback<Options>)
            return options.required;
        else
            return !kIsOptional<Member> && !options.fallback && options.otherwise.empty();
    }

    // Throws where the compiler is to stop.
    constexpr void check() const {
        if (!is_key_name(name)) throw "a key has lower-case letters, digits, `_` and `-` only, at most 64";
        if constexpr (HasFallback<Options>) {
            if (kIsOptional<Member> && options.fallback) throw "a std::optional has no fallback";
        }
        if constexpr (HasRange<Options>) {
            if (options.min > options.max) throw "min is above max";
            if (options.fallback && (*options.fallback < options.min || *options.fallback > options.max))
                throw "the fallback is out of range";
        }
        if constexpr (requires { options.form; }) check_form();
    }

  private:
    constexpr void check_form() const {
        constexpr bool kIsNumber = HasRange<Options>;
        if (kIsNumber && options.form != Form::plain && options.form != Form::size) throw "the form is one of texts";
        if (!kIsNumber && options.form == Form::size) throw "the form is one of numbers";
        if constexpr (HasFallback<Options>) {
            const bool is_read = options.form == Form::secret || options.form == Form::content;
            if (is_read && options.fallback) throw "what is read from elsewhere has no fallback";
        }
    }
};

}  // namespace detail

// One key of the map that Owner is, and the member that it is read into.
template <class Owner, class Member>
constexpr detail::Key<Owner, Member> key(std::string_view name, Member Owner::*member,
                                         typename detail::OptionsOf<Member>::type options = {}) {
    const detail::Key<Owner, Member> made{name, member, options};
    made.check();
    return made;
}

// The keys of one map. A struct that is derived from one with keys has those too by
// std::tuple_cat(Base::kKeys, keys(..)).
template <class... Key> constexpr std::tuple<Key...> keys(const Key&... key) { return {key...}; }

// Reads every key that Owner declares; what is wrong goes to the errors of `config`.
template <class Owner> void read(const Config& config, Owner& into);

}  // namespace millrace::inline sdk

#include "millrace/detail/read_keys.hpp"
