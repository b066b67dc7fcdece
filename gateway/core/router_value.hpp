#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "gateway/core/config_match.hpp"
#include "gateway/core/router_facts.hpp"
#include "gateway/core/router_pattern.hpp"

namespace re2 {
class RE2;
}

namespace millrace {

// A regular expression of RE2, which takes no time but what grows with the text, in memory that is bounded.
// Thread: any, once made.
class Regex {
  public:
    // The error says what is wrong with the text.
    static Result<Regex> compile(const std::string& text);

    // Does it match the whole value?
    bool match(std::string_view value) const;
    const std::string& text() const;

  private:
    explicit Regex(std::shared_ptr<const re2::RE2> compiled) : compiled_(std::move(compiled)) {}

    std::shared_ptr<const re2::RE2> compiled_;
};

// One value that a predicate accepts, ready to be compared with.
// Thread: any, once made.
class ValueTest {
  public:
    // The error says what is wrong with a pattern or a regular expression.
    static Result<ValueTest> compile(const ValueConfig& config, KeyType type);

    // Does the key have such a value? Captures are appended only if it has.
    bool holds(const Finding& finding, Captures& captures) const;

    // Whatever has `other` has this too. Only what is certain: a no may be wrong.
    bool covers(const ValueTest& other) const;

    // Null where it is something else.
    const Pattern* pattern() const { return std::get_if<Pattern>(&form_); }

  private:
    struct Range : RangeConfig {
        bool match(std::string_view value) const;
        bool covers(const Range& other) const;
    };
    using Form = std::variant<Pattern, Regex, Range, ExistsConfig>;

    explicit ValueTest(Form form) : form_(std::move(form)) {}
    bool match(std::string_view value, Captures& captures) const;

    Form form_;
};

// As it would be written in the configuration.
std::string to_text(const ValueConfig& value);

}  // namespace millrace
