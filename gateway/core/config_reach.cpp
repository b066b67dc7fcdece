#include <algorithm>
#include <optional>

#include "gateway/core/config_sections.hpp"
#include "gateway/core/router.hpp"

namespace millrace {
namespace {

constexpr std::size_t kAlternativesMax = 256;
constexpr std::size_t kComparisonsMax = 1'000'000;

// Something that has to be true: a key has this value, or a condition does not hold.
struct Atom {
    const Predicate* predicate = nullptr;
    const ValueTest* value = nullptr;
    const Condition* negated = nullptr;
};

// All of its atoms are true.
using Alternative = std::vector<Atom>;

// The ways in which a condition can hold, one of which it takes; nothing where there are too many.
using Alternatives = std::optional<std::vector<Alternative>>;

Alternatives alternatives_of(const Condition& condition);

Alternatives any_of(const Condition& condition) {
    std::vector<Alternative> all;
    for (const Condition& part : condition.parts()) {
        Alternatives more = alternatives_of(part);
        if (!more || all.size() + more->size() > kAlternativesMax) return std::nullopt;
        all.insert(all.end(), more->begin(), more->end());
    }
    return all;
}

Alternatives all_of(const Condition& condition) {
    std::vector<Alternative> all = {{}};
    for (const Condition& part : condition.parts()) {
        Alternatives more = alternatives_of(part);
        if (!more || all.size() * more->size() > kAlternativesMax) return std::nullopt;
        std::vector<Alternative> product;
        for (const Alternative& one : all) {
            for (const Alternative& other : *more) {
                product.push_back(one);
                product.back().insert(product.back().end(), other.begin(), other.end());
            }
        }
        all = std::move(product);
    }
    return all;
}

Alternatives alternatives_of(const Condition& condition) {
    if (condition.kind() == Condition::Kind::any) return any_of(condition);
    if (condition.kind() == Condition::Kind::all) return all_of(condition);
    std::vector<Alternative> all;
    if (condition.kind() == Condition::Kind::negation) {
        all.push_back({Atom{nullptr, nullptr, &condition.parts()[0]}});
        return all;
    }
    for (const ValueTest& value : condition.predicate().values) {
        if (all.size() == kAlternativesMax) return std::nullopt;
        all.push_back({Atom{&condition.predicate(), &value, nullptr}});
    }
    return all;
}

bool is_same(const Condition& a, const Condition& b) {
    if (a.kind() != b.kind()) return false;
    if (a.kind() == Condition::Kind::predicate) {
        return a.predicate().name == b.predicate().name && a.predicate().wanted == b.predicate().wanted;
    }
    return std::ranges::equal(a.parts(), b.parts(), is_same);
}

bool excludes(const Alternative& atoms, const Condition& condition);

// Does the condition hold whenever the atoms do? Only what is certain.
bool implies(const Alternative& atoms, const Condition& condition) {
    auto holds = [&atoms](const Condition& part) { return implies(atoms, part); };
    switch (condition.kind()) {
        case Condition::Kind::all:
            return std::ranges::all_of(condition.parts(), holds);
        case Condition::Kind::any:
            return std::ranges::any_of(condition.parts(), holds);
        case Condition::Kind::negation:
            return excludes(atoms, condition.parts()[0]);
        case Condition::Kind::predicate:
            break;
    }
    return std::ranges::any_of(atoms, [&condition](const Atom& atom) {
        if (!atom.predicate || atom.predicate->name != condition.predicate().name) return false;
        return std::ranges::any_of(condition.predicate().values,
                                   [&atom](const ValueTest& value) { return value.covers(*atom.value); });
    });
}

// Is the value of the key known, and not one that the predicate takes? A header may have several.
bool excludes(const Atom& atom, const Predicate& predicate) {
    if (!atom.predicate || atom.predicate->name != predicate.name) return false;
    if (predicate.key.source == FactKey::Source::header) return false;
    const Pattern* pattern = atom.value->pattern();
    if (!pattern || !pattern->is_literal()) return false;
    Captures captures;
    return predicate.judge({Finding::State::present, {pattern->prefix()}}, captures) == Truth::no;
}

bool excludes(const Alternative& atoms, const Condition& condition) {
    auto fails = [&atoms](const Condition& part) { return excludes(atoms, part); };
    const bool is_said = std::ranges::any_of(
        atoms, [&condition](const Atom& atom) { return atom.negated && is_same(*atom.negated, condition); });
    if (is_said) return true;
    switch (condition.kind()) {
        case Condition::Kind::all:
            return std::ranges::any_of(condition.parts(), fails);
        case Condition::Kind::any:
            return std::ranges::all_of(condition.parts(), fails);
        case Condition::Kind::negation:
            return implies(atoms, condition.parts()[0]);
        case Condition::Kind::predicate:
            break;
    }
    return std::ranges::any_of(atoms, [&](const Atom& atom) { return excludes(atom, condition.predicate()); });
}

class ReachCheck {
  public:
    explicit ReachCheck(const Config& config) : config_(config), router_(config) {}

    // The first of the routes that take all messages of this one before it.
    std::optional<std::uint32_t> taker_of(std::uint32_t route) {
        const Alternatives alternatives = alternatives_of(router_.condition(route));
        if (!alternatives) return std::nullopt;
        std::optional<std::uint32_t> first;
        for (std::uint32_t adapter = 0; adapter < config_.adapters.size(); ++adapter) {
            for (Alternative atoms : *alternatives) {
                if (!add_adapter(adapter, atoms)) continue;
                const auto taker = find_taker(route, adapter, atoms);
                if (!taker) return std::nullopt;
                first = std::min(first.value_or(*taker), *taker);
            }
        }
        return first;
    }

  private:
    // Makes the adapter the only one; false where another one is asked for.
    bool add_adapter(std::uint32_t adapter, Alternative& atoms) {
        adapter_value_ = ValueTest::compile(config_.adapters[adapter].name, KeyType::text).value();
        const Atom own{&adapter_predicate_, &*adapter_value_, nullptr};
        for (const Atom& atom : atoms) {
            if (atom.predicate && excludes(own, *atom.predicate)) return false;
            if (atom.negated && implies({own}, *atom.negated)) return false;
        }
        atoms.push_back(own);
        return true;
    }

    std::optional<std::uint32_t> find_taker(std::uint32_t route, std::uint32_t adapter, const Alternative& atoms) {
        const RouteIndex& index = router_.index(adapter);
        Finding finding;  // What all values of the key begin with: a route that takes them all is found by it.
        for (const Atom& atom : atoms) {
            const Pattern* pattern = atom.value ? atom.value->pattern() : nullptr;
            if (pattern && atom.predicate->name == index.key()) {
                finding = {Finding::State::present, {pattern->prefix()}};
            }
        }
        RouteIndex::Candidates candidates = index.find(finding);
        while (auto candidate = candidates.next()) {
            if (*candidate >= route || ++comparisons_ > kComparisonsMax) break;
            if (!config_.routes[*candidate].goes_on && implies(atoms, router_.condition(*candidate))) return candidate;
        }
        return std::nullopt;
    }

    const Config& config_;
    Router router_;
    const Predicate adapter_predicate_{"adapter", {FactKey::Source::adapter, {}, 0}, {}, {}};
    std::optional<ValueTest> adapter_value_;
    std::size_t comparisons_ = 0;
};

}  // namespace

void check_reach(const Config& config, ConfigErrors& warnings) {
    ReachCheck check(config);
    for (std::uint32_t i = 0; i < config.routes.size(); ++i) {
        auto taker = check.taker_of(i);
        if (!taker) continue;
        const RouteConfig& earlier = config.routes[*taker];
        report(warnings, config.routes[i].at, "unreachable-route",
               "route '" + config.routes[i].name + "' gets no message: '" + earlier.name + "' in line " +
                   std::to_string(earlier.at.line) + " takes them before it");
    }
}

}  // namespace millrace
