#pragma once

#include <boost/container/small_vector.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/result.hpp"
#include "gateway/core/manifest.hpp"

namespace millrace {

// What a `{name}` of a pattern took. Both are views: the name into the pattern, the value into the matched text.
struct Capture {
    std::string_view name;
    std::string_view value;
};

using Captures = boost::container::small_vector<Capture, 4>;

// a-z, 0-9 and _, first a letter: what may stand between the braces of a capture.
bool is_capture_name(std::string_view name);

// Literal text with wildcards in it. `*` takes any run of characters, also none; `{name}` takes a run of at least one
// and keeps it. In a path and in a topic neither takes a `/`. Each takes as little as it can, the last one what is
// left, and two of them never touch. The whole value has to match; the time is linear in its size.
//
// In a topic `+` is a whole level, `#` at the end is that level, all below it and its parent, and a filter that begins
// with a wildcard takes no topic that begins with `$`: an MQTT filter.
// Thread: any, once made.
class Pattern {
  public:
    // The error says what is wrong with the text.
    static Result<Pattern> compile(std::string_view text, KeyType type);

    // Appends to `captures` where it matches and leaves them as they were where it does not.
    bool match(std::string_view value, Captures& captures) const;

    bool is_literal() const { return wildcards_.empty() && !has_rest_; }

    // What every value that matches begins with.
    const std::string& prefix() const { return prefix_; }

    // The names of its captures, in order.
    std::vector<std::string> names() const;

    // Does it match all that `other` matches? Only what is certain: a no may be wrong.
    bool covers(const Pattern& other) const;

  private:
    struct Wildcard {
        std::string name;   // Empty: `*`.
        std::string after;  // The literal text up to the next one or the end.
    };

    static Result<std::string_view> cut_rest(std::string_view text, Pattern& pattern);
    Result<void> add_wildcard(std::string_view name);
    bool takes(const Wildcard& wildcard, std::string_view run, Captures& captures) const;
    bool match_all(std::string_view value, Captures& captures) const;
    bool has_star() const;

    KeyType type_ = KeyType::text;
    std::string prefix_;
    std::vector<Wildcard> wildcards_;
    bool has_rest_ = false;   // `#`.
    std::size_t levels_ = 0;  // Before the `#`.
};

}  // namespace millrace
