#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gateway/core/router_value.hpp"

namespace millrace {

// One key of a route's `match`, and the values of which it has to have one.
struct Predicate {
    std::string name;  // The key as it is written: `json.value`.
    FactKey key;
    std::vector<ValueTest> values;
    std::string wanted;  // The values as they are written.

    Truth judge(const Finding& finding, Captures& captures) const;
};

// How one line of a `match` has been judged.
struct PredicateReport {
    std::uint32_t depth = 0;  // In how many of `all`, `any` and `not` it stands.
    std::string key;          // `json.value`, or `all`, `any`, `not`; their parts follow.
    std::string wanted;       // As in the configuration; empty for `all`, `any`, `not`.
    std::string value;        // What it was compared with; empty where there is none or it is not known.
    Truth truth = Truth::no;
};

// A route's `match`, compiled. What is not known yet makes an answer `maybe` only if it matters.
// Thread: any, once made.
class Condition {
  public:
    enum class Kind : std::uint8_t { all, any, negation, predicate };

    // REQUIRES: what the configuration's reader has found right.
    static Condition compile(const MatchConfigs& match, JsonPaths& paths);

    // Captures are appended where the answer is yes. They are then the same whatever is learned later.
    Truth evaluate(const Facts& facts, Captures& captures) const;

    // The same where nobody asks for captures, for which evaluate() may have to answer `maybe`.
    Truth judge(const Facts& facts) const;

    // Appends all that it captures of what is known, whether or not it will count.
    void gather(const Facts& facts, Captures& captures) const;

    // That of evaluate(), and that of every predicate, also of those that no longer matter.
    Truth explain(const Facts& facts, std::uint32_t depth, std::vector<PredicateReport>& reports) const;

    Kind kind() const { return kind_; }
    const std::vector<Condition>& parts() const { return parts_; }  // A negation has one, a predicate none.

    // REQUIRES: kind() is predicate.
    const Predicate& predicate() const { return *predicate_; }

    // Does `holds` hold for every predicate in it?
    template <class Holds> bool every(const Holds& holds) const {
        if (predicate_) return holds(*predicate_);
        for (const Condition& part : parts_) {
            if (!part.every(holds)) return false;
        }
        return true;
    }

  private:
    Truth combine(const Facts& facts, Captures& captures) const;

    Kind kind_ = Kind::all;
    bool may_capture_ = false;
    std::vector<Condition> parts_;
    std::optional<Predicate> predicate_;
};

}  // namespace millrace
