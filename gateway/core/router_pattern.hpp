#pragma once

#include <boost/container/small_vector.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/result.hpp"

namespace millrace {

// What a `{name}` of a pattern took. Both are views: the name into the pattern, the value into the matched text.
struct Capture {
    std::string_view name;
    std::string_view value;
};

using Captures = boost::container::small_vector<Capture, 4>;

// One value of a route's `match`: literal text with wildcards in it. `*` takes any run of characters, also none;
// `{name}` takes a run of at least one and keeps it. In a path neither takes a `/`. Each takes as little as it can, the
// last one what is left, and two of them never touch. The whole value has to match; the time is linear in its size.
// Thread: any, once made.
class Pattern {
  public:
    // The error says what is wrong with the text.
    static Result<Pattern> compile(std::string_view text, bool is_path);

    // Appends to `captures` where it matches and leaves them as they were where it does not.
    bool match(std::string_view value, Captures& captures) const;

    bool is_literal() const { return wildcards_.empty(); }
    bool is_path() const { return is_path_; }

    // What every value that matches begins with.
    const std::string& prefix() const { return prefix_; }

    // The names of its captures, in order.
    std::vector<std::string> names() const;

    // A value that it matches, in which `filler` stands for each wildcard.
    std::string sample(char filler) const;

    bool has_star() const;

  private:
    struct Wildcard {
        std::string name;   // Empty: `*`.
        std::string after;  // The literal text up to the next one or the end.
    };

    bool takes(const Wildcard& wildcard, std::string_view run, Captures& captures) const;

    bool is_path_ = false;
    std::string prefix_;
    std::vector<Wildcard> wildcards_;
};

}  // namespace millrace
