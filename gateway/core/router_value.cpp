#include "gateway/core/router_value.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace millrace {
namespace {

constexpr std::int64_t kRegexMemory_bytes = 256 << 10;

}  // namespace

Result<Regex> Regex::compile(const std::string& text) {
    RE2::Options options;
    options.set_log_errors(false);
    options.set_never_capture(true);
    options.set_max_mem(kRegexMemory_bytes);
    auto compiled = std::make_shared<const RE2>(text, options);
    if (compiled->ok()) return Regex(std::move(compiled));
    if (compiled->error_code() == RE2::ErrorPatternTooLarge) return Error{"it needs more than 256 KiB of memory"};
    return Error{compiled->error()};
}

bool Regex::match(std::string_view value) const {
    return RE2::FullMatch(re2::StringPiece(value.data(), value.size()), *compiled_);
}

const std::string& Regex::text() const { return compiled_->pattern(); }

bool ValueTest::Range::match(std::string_view value) const {
    double number = 0;
    auto [end, failure] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (failure != std::errc() || end != value.data() + value.size() || !std::isfinite(number)) return false;
    return (is_above_low ? number > low : number >= low) && (is_below_high ? number < high : number <= high);
}

bool ValueTest::Range::covers(const Range& other) const {
    const bool has_low = other.low > low || (other.low == low && (!is_above_low || other.is_above_low));
    const bool has_high = other.high < high || (other.high == high && (!is_below_high || other.is_below_high));
    return has_low && has_high;
}

Result<ValueTest> ValueTest::compile(const ValueConfig& config, KeyType type) {
    if (auto* text = std::get_if<std::string>(&config)) {
        auto pattern = Pattern::compile(*text, type);
        if (!pattern) return pattern.error();
        return ValueTest(*std::move(pattern));
    }
    if (auto* regex = std::get_if<RegexConfig>(&config)) {
        auto compiled = Regex::compile(regex->text);
        if (!compiled) return compiled.error();
        return ValueTest(*std::move(compiled));
    }
    if (auto* range = std::get_if<RangeConfig>(&config)) return ValueTest(Range{*range});
    return ValueTest(std::get<ExistsConfig>(config));
}

bool ValueTest::match(std::string_view value, Captures& captures) const {
    if (auto* pattern = std::get_if<Pattern>(&form_)) return pattern->match(value, captures);
    if (auto* regex = std::get_if<Regex>(&form_)) return regex->match(value);
    return std::get<Range>(form_).match(value);
}

bool ValueTest::holds(const Finding& finding, Captures& captures) const {
    if (auto* exists = std::get_if<ExistsConfig>(&form_)) {
        return finding.state == (exists->is_wanted ? Finding::State::present : Finding::State::absent);
    }
    return std::ranges::any_of(finding.values, [&](std::string_view value) { return match(value, captures); });
}

bool ValueTest::covers(const ValueTest& other) const {
    auto* wanted = std::get_if<ExistsConfig>(&form_);
    auto* others = std::get_if<ExistsConfig>(&other.form_);
    if (wanted) return wanted->is_wanted == (!others || others->is_wanted);
    if (others) return false;
    if (other.pattern() && other.pattern()->is_literal()) {
        Captures captures;
        return match(other.pattern()->prefix(), captures);
    }
    if (form_.index() != other.form_.index()) return false;
    if (pattern()) return pattern()->covers(*other.pattern());
    if (auto* regex = std::get_if<Regex>(&form_)) return regex->text() == std::get<Regex>(other.form_).text();
    return std::get<Range>(form_).covers(std::get<Range>(other.form_));
}

std::string to_text(const ValueConfig& value) {
    if (auto* text = std::get_if<std::string>(&value)) return *text;
    if (auto* regex = std::get_if<RegexConfig>(&value)) return "{ regex: '" + regex->text + "' }";
    if (auto* exists = std::get_if<ExistsConfig>(&value)) {
        return exists->is_wanted ? "{ exists: true }" : "{ exists: false }";
    }
    const auto& range = std::get<RangeConfig>(value);
    std::string text;
    if (std::isfinite(range.low)) text += fmt::format(" {}: {}", range.is_above_low ? "gt" : "ge", range.low);
    if (std::isfinite(range.high)) {
        text += fmt::format("{} {}: {}", text.empty() ? "" : ",", range.is_below_high ? "lt" : "le", range.high);
    }
    return "{" + text + " }";
}

}  // namespace millrace
