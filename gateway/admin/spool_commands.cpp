#include "gateway/admin/spool_commands.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "gateway/base/utf8.hpp"
#include "gateway/core/moment.hpp"
#include "gateway/core/spool_verify.hpp"

namespace millrace::admin {
namespace {

namespace json = boost::json;

constexpr std::size_t kLanes = 32;                  // In a portion.
constexpr std::int64_t kCountedDeliveries = 1'000;  // Of a lane.
constexpr std::size_t kDamage = 100;
constexpr std::size_t kVerified = 64;

class Ls final : public PortionedCommand<std::int64_t> {
    void step(spool::Store& store, std::int64_t& last, Portion& portion) override {
        std::vector<spool::Busy> lanes;
        store.inspect([&] { lanes = store.busy_lanes(last, kLanes); });
        for (const spool::Busy& busy : lanes) add_line(portion, to_json(store, busy));
        portion.is_last = lanes.size() < kLanes;
        if (!lanes.empty()) last = lanes.back().lane.id;
    }

    static json::object to_json(spool::Store& store, const spool::Busy& busy) {
        const auto waiting = store.deliveries().count_of(busy.lane.id, kCountedDeliveries + 1);
        json::object line{{"lane", busy.lane.id},
                          {"consumer", busy.lane.consumer},
                          {"scope", to_utf8(busy.lane.scope)},
                          {"waiting", std::min(waiting, kCountedDeliveries)},
                          {"has_more", waiting > kCountedDeliveries}};
        if (busy.head) line["attempt"] = busy.head->attempt;
        if (busy.head && busy.head->due_us != 0) line["due_at"] = write_moment(busy.head->due_us);
        line["timers"] = busy.timers.size();
        return line;
    }
};

class Stats final : public PortionedCommand<std::monostate> {
    void step(spool::Store& store, std::monostate&, Portion& portion) override {
        const spool::Totals& totals = store.facts().totals;
        const auto letters = store.dead_letters().total();
        const auto oldest_us = store.messages().oldest_us();
        const auto commands = store.outbox().count();
        json::object line{{"messages", totals.messages - commands}, {"bytes", totals.bytes},
                          {"deliveries", totals.deliveries},        {"letters", letters.letters},
                          {"letter_bytes", letters.bytes},          {"commands", commands},
                          {"external_ids", totals.duplicates},      {"commits", totals.groups},
                          {"damaged", store.damage().count()}};
        if (oldest_us != 0) line["oldest_at"] = write_moment(oldest_us);
        add_line(portion, line);
        for (const spool::Damage& damage : store.damage().list(0, kDamage)) {
            add_line(portion, {{"damage", to_utf8(damage.what)}, {"at", write_moment(damage.at_us)}});
        }
        portion.is_last = true;
    }
};

class Verify final : public PortionedCommand<spool::Verification> {
  public:
    explicit Verify(bool is_at_rest) : is_at_rest_(is_at_rest) {}

  private:
    void step(spool::Store& store, spool::Verification& state, Portion& portion) override {
        const bool is_walked = state.part == spool::Verification::Part::done;
        if (is_walked) {
            spool::verify_at_rest(store, state);
        } else {
            spool::verify(store, state, kVerified);
        }
        if (is_walked) add_put_aside(store, state);
        for (const std::string& finding : state.findings) add_line(portion, {{"finding", to_utf8(finding)}});
        portion.is_last = is_walked || (!is_at_rest_ && state.part == spool::Verification::Part::done);
        if (!portion.is_last) return;
        add_line(portion, {{"messages", state.messages},
                           {"deliveries", state.deliveries},
                           {"letters", state.letters},
                           {"commands", state.commands},
                           {"wrong", state.wrong},
                           {"at_rest", is_at_rest_}});
    }

    // What was found, and put aside, when the store was opened for this.
    static void add_put_aside(spool::Store& store, spool::Verification& state) {
        for (const spool::Damage& damage : store.damage().list()) {
            if (damage.at_us < store.opened_us()) continue;
            state.findings.push_back(damage.what);
            ++state.wrong;
        }
    }

    const bool is_at_rest_;
};

}  // namespace

Result<std::unique_ptr<SpoolCommand>> read_spool_request(const json::object& request, bool is_at_rest) {
    const json::value* command = request.if_contains("command");
    if (command && *command == "ls") return std::unique_ptr<SpoolCommand>(std::make_unique<Ls>());
    if (command && *command == "stats") return std::unique_ptr<SpoolCommand>(std::make_unique<Stats>());
    if (command && *command == "verify") return std::unique_ptr<SpoolCommand>(std::make_unique<Verify>(is_at_rest));
    return Error{"spool has the commands 'ls', 'stats' and 'verify'"};
}

}  // namespace millrace::admin
