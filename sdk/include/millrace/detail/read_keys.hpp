#pragma once

#include <algorithm>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "millrace/keys.hpp"

// From a declared key to the value of its member.
namespace millrace::inline sdk::detail {

inline void read_as(const Config& config, std::string_view name, const TextOptions& options, std::string& into) {
    into = config.text(name);
    if (options.choices[0].empty() ||
        std::find(std::begin(options.choices), std::end(options.choices), into) != std::end(options.choices))
        return;
    std::string choices;
    for (const std::string_view choice : options.choices) {
        if (!choice.empty()) (choices += choices.empty() ? "" : ", ") += choice;
    }
    config.error(name, "expected one of " + choices + ", found `" + into + "`");
}

inline void read_as(const Config& config, std::string_view name, const FlagOptions&, bool& into) {
    into = config.flag(name, false);
}

template <std::integral Number>
void read_as(const Config& config, std::string_view name, const NumberOptions<std::int64_t>& options, Number& into) {
    using Limits = std::numeric_limits<Number>;
    const std::int64_t min = std::max(options.min, static_cast<std::int64_t>(Limits::min()));
    const std::int64_t max =
        std::cmp_less(Limits::max(), options.max) ? static_cast<std::int64_t>(Limits::max()) : options.max;
    if (options.form != Form::size) return void(into = static_cast<Number>(config.integer(name, min, {min, max})));
    const auto least = static_cast<std::uint64_t>(std::max<std::int64_t>(min, 0));
    into = static_cast<Number>(config.size(name, least, {least, static_cast<std::uint64_t>(max)}));
}

inline void read_as(const Config& config, std::string_view name, const NumberOptions<double>& options, double& into) {
    into = config.number(name, options.min, {options.min, options.max});
}

inline void read_as(const Config& config, std::string_view name, const DurationOptions& options, Duration& into) {
    into = config.duration(name, options.min, {options.min, options.max});
}

inline void read_as(const Config& config, std::string_view name, const PartOptions&, std::vector<std::string>& into) {
    into = config.texts(name);
}

template <HasKeys Part> void read_as(const Config& config, std::string_view name, const PartOptions&, Part& into) {
    if (const std::optional<Config> part = config.object(name)) read(*part, into);
}

template <HasKeys Part>
void read_as(const Config& config, std::string_view name, const PartOptions&, std::vector<Part>& into) {
    for (const Config& part : config.objects(name)) read(part, into.emplace_back());
}

template <HasKeys Part>
void read_as(const Config& config, std::string_view name, const PartOptions&,
             std::vector<std::variant<std::string, Part>>& into) {
    for (const std::variant<std::string, Config>& item : config.texts_or_objects(name)) {
        if (const auto* text = std::get_if<std::string>(&item))
            into.emplace_back(*text);
        else
            read(std::get<Config>(item), std::get<Part>(into.emplace_back(Part{})));
    }
}

template <class Options, class T>
void read_as(const Config& config, std::string_view name, const Options& options, std::optional<T>& into) {
    read_as(config, name, options, into.emplace());
}

template <class Owner, class Member>
void read_key(const Config& config, const Key<Owner, Member>& key, std::type_identity_t<Owner>& into) {
    Member& member = into.*key.member;
    if (config.has(key.name)) return read_as(config, key.name, key.options, member);
    if (key.is_required()) return config.error("", "key `" + std::string(key.name) + "` is missing");
    if constexpr (HasKeys<Member>) {
        read(Config("{}", nullptr), member);
    } else if constexpr (HasFallback<typename Key<Owner, Member>::Options> && !kIsOptional<Member>) {
        if (key.options.fallback) member = static_cast<Member>(*key.options.fallback);
    }
}

}  // namespace millrace::inline sdk::detail

namespace millrace::inline sdk {

template <class Owner> void read(const Config& config, Owner& into) {
    std::apply([&](const auto&... key) { (detail::read_key(config, key, into), ...); }, Owner::kKeys);
}

}  // namespace millrace::inline sdk
