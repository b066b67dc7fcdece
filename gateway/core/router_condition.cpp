#include "gateway/core/router_condition.hpp"

#include <algorithm>

namespace millrace {
namespace {

Truth negate(Truth truth) {
    return truth == Truth::maybe ? Truth::maybe : truth == Truth::yes ? Truth::no : Truth::yes;
}

std::string write(const std::vector<ValueConfig>& values) {
    if (values.size() == 1) return to_text(values[0]);
    std::string text;
    for (const ValueConfig& value : values) text += (text.empty() ? "[" : ", ") + to_text(value);
    return text + "]";
}

std::string write(const Finding& finding) {
    std::string text;
    for (std::string_view value : finding.values) text.append(text.empty() ? "" : ", ").append(value);
    return text;
}

bool has_captures(const ValueTest& value) { return value.pattern() && !value.pattern()->names().empty(); }

}  // namespace

Truth Predicate::judge(const Finding& finding, Captures& captures) const {
    if (finding.state == Finding::State::unknown) return Truth::maybe;
    const bool holds =
        std::ranges::any_of(values, [&](const ValueTest& value) { return value.holds(finding, captures); });
    return holds ? Truth::yes : Truth::no;
}

Condition Condition::compile(const MatchConfigs& match, JsonPaths& paths) {
    Condition all;
    for (const MatchConfig& config : match) {
        Condition part;
        for (const MatchConfigs& inner : config.parts) {
            Condition condition = compile(inner, paths);
            part.parts_.push_back(condition.parts_.size() == 1 ? Condition(std::move(condition.parts_[0])) : condition);
        }
        if (config.parts.empty()) {
            part.kind_ = Kind::predicate;
            Predicate& predicate = part.predicate_.emplace();
            predicate = {config.key, FactKey::of(config.key, paths), {}, write(config.values)};
            for (const ValueConfig& value : config.values) {
                predicate.values.push_back(ValueTest::compile(value, config.type).value());
            }
            part.may_capture_ = std::ranges::any_of(predicate.values, has_captures);
        } else {
            part.kind_ = config.key == "any" ? Kind::any : config.key == "not" ? Kind::negation : Kind::all;
            part.may_capture_ = std::ranges::any_of(part.parts_, &Condition::may_capture_);
        }
        all.may_capture_ = all.may_capture_ || part.may_capture_;
        all.parts_.push_back(std::move(part));
    }
    return all;
}

Truth Condition::evaluate(const Facts& facts, Captures& captures) const {
    const std::size_t kept = captures.size();
    const Truth truth = combine(facts, captures);
    if (truth != Truth::yes || kind_ == Kind::negation) captures.resize(kept);
    return truth;
}

Truth Condition::combine(const Facts& facts, Captures& captures) const {
    if (kind_ == Kind::predicate) return predicate_->judge(facts.find(predicate_->key), captures);
    if (kind_ == Kind::negation) return negate(parts_[0].evaluate(facts, captures));
    const bool is_any = kind_ == Kind::any;
    Truth truth = is_any ? Truth::no : Truth::yes;
    for (const Condition& part : parts_) {
        const Truth one = part.evaluate(facts, captures);
        if (one == Truth::no && !is_any) return one;
        if (one == Truth::yes && is_any) return truth == Truth::maybe && may_capture_ ? Truth::maybe : one;
        truth = is_any ? std::max(truth, one) : std::min(truth, one);
    }
    return truth;
}

Truth Condition::judge(const Facts& facts) const {
    if (kind_ == Kind::predicate) {
        Captures captures;
        return predicate_->judge(facts.find(predicate_->key), captures);
    }
    if (kind_ == Kind::negation) return negate(parts_[0].judge(facts));
    const bool is_any = kind_ == Kind::any;
    Truth truth = is_any ? Truth::no : Truth::yes;
    for (const Condition& part : parts_) {
        truth = is_any ? std::max(truth, part.judge(facts)) : std::min(truth, part.judge(facts));
    }
    return truth;
}

void Condition::gather(const Facts& facts, Captures& captures) const {
    if (!may_capture_ || kind_ == Kind::negation) return;
    if (predicate_) static_cast<void>(predicate_->judge(facts.find(predicate_->key), captures));
    for (const Condition& part : parts_) part.gather(facts, captures);
}

Truth Condition::explain(const Facts& facts, std::uint32_t depth, std::vector<PredicateReport>& reports) const {
    Captures captures;
    const std::size_t own = reports.size();
    if (kind_ == Kind::predicate) {
        const Finding finding = facts.find(predicate_->key);
        const Truth truth = predicate_->judge(finding, captures);
        reports.push_back({depth, predicate_->name, predicate_->wanted, write(finding), truth});
        return truth;
    }
    const char* name = kind_ == Kind::any ? "any" : kind_ == Kind::negation ? "not" : "all";
    reports.push_back({depth, name, {}, {}, Truth::no});
    for (const Condition& part : parts_) part.explain(facts, depth + 1, reports);
    return reports[own].truth = evaluate(facts, captures);
}

}  // namespace millrace
