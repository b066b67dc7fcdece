#include "gateway/admin/metrics.hpp"

#include <gmock/gmock.h>

#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include "tests/unit/gateway/admin/sample.hpp"

namespace millrace::admin {
namespace {

using testing::HasSubstr;
using Types = std::map<std::string, std::string>;  // By the metric's name.

// Of the lines `# TYPE name type`.
Types served_types(const std::string& text) {
    Types types;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        std::string hash, what, name, type;
        if (std::istringstream(line) >> hash >> what >> name >> type && what == "TYPE") types[name] = type;
    }
    return types;
}

// Of the rows "| `name` | type | ..." of the manual's table.
Types listed_types() {
    Types types;
    std::ifstream lines(MILLRACE_SOURCE_DIR "/docs/running.md");
    for (std::string line; std::getline(lines, line);) {
        std::string bar, name, type;
        std::istringstream(line) >> bar >> name >> bar >> type;
        if (type == "gauge" || type == "counter" || type == "histogram") types[name.substr(1, name.size() - 2)] = type;
    }
    return types;
}

TEST(Metrics, EveryNumberIsUnderItsName) {
    const std::string text = to_prometheus(sample());
    for (const char* line : {"millrace_uptime_seconds 12.5\n",
                             "millrace_ready 1\n",
                             "millrace_loops_silent 0\n",
                             "millrace_adapter_loops{adapter=\"web\"} 2\n",
                             "millrace_scopes{adapter=\"web\"} 31\n",
                             "millrace_scopes_unmatched_total{adapter=\"web\"} 32\n",
                             "millrace_messages_unmatched_total{adapter=\"web\"} 44\n",
                             "millrace_probes_unmatched_total{adapter=\"web\"} 80\n",
                             "millrace_routes_pinned{adapter=\"web\"} 81\n",
                             "millrace_pauses_total{adapter=\"web\"} 33\n",
                             "millrace_replies_total{adapter=\"web\"} 34\n",
                             "millrace_replies_dropped_total{adapter=\"web\"} 35\n",
                             "millrace_replies_unaddressed_total{adapter=\"web\"} 71\n",
                             "millrace_group_drops_total{adapter=\"web\"} 38\n",
                             "millrace_sent_total{adapter=\"web\"} 39\n",
                             "millrace_orphans_total{adapter=\"web\"} 40\n",
                             "millrace_states_kept{adapter=\"web\"} 45\n",
                             "millrace_state_bytes{adapter=\"web\"} 46\n",
                             "millrace_states_evicted_total{adapter=\"web\"} 53\n",
                             "millrace_settle_deadlines_total{adapter=\"web\"} 70\n",
                             "millrace_adapter_degraded{adapter=\"web\"} 1\n",
                             "millrace_resends_total 47\n",
                             "millrace_plugin_gauge{plugin=\"web\",name=\"expiry\"} 53\n",
                             "millrace_reloads_total 51\n",
                             "millrace_reloads_failed_total 52\n",
                             "millrace_adapter_retiring{adapter=\"web\"} 48\n",
                             "millrace_instances_retiring{consumer=\"echo\"} 50\n",
                             "millrace_channels_refused_total 54\n",
                             "millrace_adapter_refused_calls_total{adapter=\"web\"} 36\n",
                             "millrace_deliveries_created_total{consumer=\"echo\"} 100\n",
                             "millrace_deliveries_acked_total{consumer=\"echo\"} 50\n",
                             "millrace_deliveries_dead_total{consumer=\"echo\"} 20\n",
                             "millrace_deliveries_expired_total{consumer=\"echo\"} 15\n",
                             "millrace_deliveries_dropped_total{consumer=\"echo\"} 10\n",
                             "millrace_deliveries_open{consumer=\"echo\"} 5\n",
                             "millrace_deliveries_retried_total{consumer=\"echo\"} 8\n",
                             "millrace_deliveries_overdue_total{consumer=\"echo\"} 6\n",
                             "millrace_consumer_stuck{consumer=\"echo\"} 1\n",
                             "millrace_loop_holds_total{consumer=\"echo\"} 39\n",
                             "millrace_instances{consumer=\"echo\"} 3\n",
                             "millrace_consumer_refused_calls_total{consumer=\"echo\"} 37\n",
                             "millrace_deliveries_unaccounted{consumer=\"echo\"} 0\n",
                             "millrace_dead_letters 41\n",
                             "millrace_dead_letters_bytes 42\n",
                             "millrace_dead_letters_forgotten_total 43\n",
                             "millrace_spool_broken 0\n",
                             "millrace_spool_messages 55\n",
                             "millrace_spool_bytes 56\n",
                             "millrace_spool_deliveries 57\n",
                             "millrace_spool_damaged 58\n",
                             "millrace_spool_dead_letters 59\n",
                             "millrace_spool_oldest_seconds 60\n",
                             "millrace_spool_refused_total{reason=\"messages\"} 61\n",
                             "millrace_spool_refused_total{reason=\"broken\"} 65\n",
                             "millrace_spool_commit_seconds_bucket{le=\"4e-06\"} 0\n",
                             "millrace_spool_commit_seconds_bucket{le=\"8e-06\"} 66\n",
                             "millrace_spool_commit_seconds_bucket{le=\"+Inf\"} 66\n",
                             "millrace_spool_commit_seconds_sum 6.7e-05\n",
                             "millrace_spool_commit_requests_bucket{le=\"2\"} 68\n",
                             "millrace_spool_commit_requests_count 68\n",
                             "process_resident_memory_bytes 4096\n",
                             "process_open_fds 7\n"}) {
        EXPECT_THAT(text, HasSubstr(std::string("\n") + line));
    }
}

TEST(Metrics, ADeliveryThatWasLostOrCountedTwiceIsSeen) {
    Overview overview = sample();
    EXPECT_TRUE(counts_agree(overview.report));
    overview.report.consumers[0].counts.now.open += 2;
    EXPECT_FALSE(counts_agree(overview.report));
    EXPECT_THAT(to_prometheus(overview), HasSubstr("millrace_deliveries_unaccounted{consumer=\"echo\"} -2\n"));
    overview.report.consumers[0].counts.created += 3;
    EXPECT_FALSE(counts_agree(overview.report));
    EXPECT_THAT(to_prometheus(overview), HasSubstr("millrace_deliveries_unaccounted{consumer=\"echo\"} 1\n"));
}

TEST(Metrics, ReadyIsWhatReadyzSays) {
    Overview overview = sample();
    overview.phase = Overview::Phase::draining;
    EXPECT_THAT(to_prometheus(overview), HasSubstr("\nmillrace_ready 0\n"));
}

TEST(Metrics, NamesFollowTheRules) {
    const Types types = served_types(to_prometheus(sample()));
    EXPECT_EQ(types.size(), 58u);
    for (const auto& [name, type] : types) {
        EXPECT_TRUE(name.starts_with("millrace_") || name.starts_with("process_")) << name;
        EXPECT_EQ(name.ends_with("_total"), type == "counter") << name << " is a " << type;
    }
}

TEST(Metrics, TheManualListsThemAll) { EXPECT_EQ(listed_types(), served_types(to_prometheus(sample()))); }

}  // namespace
}  // namespace millrace::admin
