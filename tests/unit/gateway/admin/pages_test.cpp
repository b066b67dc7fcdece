#include "gateway/admin/pages.hpp"

#include <gmock/gmock.h>

#include <boost/json.hpp>
#include <string>
#include <vector>

#include "tests/unit/gateway/admin/sample.hpp"

namespace millrace::admin {
namespace {

using testing::HasSubstr;
using testing::StartsWith;
using Tokens = std::vector<std::string>;

class PagesTest : public testing::Test {
  protected:
    Page get(std::string_view target) const { return pages_.answer({"GET", target, "127.0.0.1:9780"}); }

    Overview overview_ = sample();
    int looks_ = 0;
    const Pages pages_{{[this]() -> const Overview& { return overview_; },
                        [this]() -> const Overview& {
                            ++looks_;
                            return overview_;
                        }},
                       "127.0.0.2"};
};

TEST_F(PagesTest, Answers) {
    struct Case {
        Request request;
        unsigned status;
        const char* body;
    };
    const std::string own = "127.0.0.1:9780";
    const std::vector<Case> cases{
        {{"GET", "/livez", own}, 200, "alive\n"},
        {{"HEAD", "/livez", own}, 200, "alive\n"},
        {{"GET", "/livez?verbose", own}, 200, "alive\n"},
        {{"GET", "/readyz", own}, 200, "ready\n"},
        {{"POST", "/livez", own}, 405, "only GET and HEAD\n"},
        {{"DELETE", "/v1/status", own}, 405, "only GET and HEAD\n"},
        {{"get", "/livez", own}, 405, "only GET and HEAD\n"},
        {{"GET", "/", own}, 404, "there are /livez, /readyz, /metrics and /v1/status\n"},
        {{"GET", "", own}, 404, "there are /livez, /readyz, /metrics and /v1/status\n"},
        {{"GET", "/livez/", own}, 404, "there are /livez, /readyz, /metrics and /v1/status\n"},
        {{"GET", "/../livez", own}, 404, "there are /livez, /readyz, /metrics and /v1/status\n"},
        {{"POST", "/v1/reload", own}, 404, "there are /livez, /readyz, /metrics and /v1/status\n"},
        {{"GET", "/livez", ""}, 400, "a request has one Host\n"},
    };
    for (const Case& each : cases) {
        const Page page = pages_.answer(each.request);
        EXPECT_EQ(page.status, each.status) << each.request.method << ' ' << each.request.target;
        EXPECT_EQ(page.body, each.body) << each.request.method << ' ' << each.request.target;
    }
}

TEST_F(PagesTest, OnlyNamesOfThisMachineAreServed) {
    for (const char* host :
         {"localhost", "LocalHost:9780", "127.0.0.1", "127.0.0.1:1", "[::1]", "[::1]:9780", "127.0.0.2:9780"}) {
        EXPECT_EQ(pages_.answer({"GET", "/livez", host}).status, 200u) << host;
    }
    for (const char* host : {"evil.example", "localhost.evil.example", "evil.example:9780", "127.0.0.1.evil.example",
                             "127.0.0.3", "localhost:evil", "localhost:123456", "localhost:80:80", "[::1", "[::1]x",
                             "[::2]", "::1", ":9780", "localhost@evil"}) {
        EXPECT_EQ(pages_.answer({"GET", "/livez", host}).status, 421u) << host;
    }
}

TEST_F(PagesTest, BeyondLoopbackAnyNameWillDo) {
    const Pages pages({{}, {}, [] { return Tokens{"new", "old"}; }}, "192.0.2.1");
    for (const char* host : {"192.0.2.1:9780", "gateway.example", "gateway.example:443"}) {
        EXPECT_EQ(pages.answer({"GET", "/livez", host, "Bearer new"}).status, 200u) << host;
        EXPECT_EQ(pages.answer({"GET", "/livez", host}).status, 401u) << host;
    }
    EXPECT_EQ(pages.answer({"GET", "/livez", "", "Bearer new"}).status, 400u);
}

TEST_F(PagesTest, OneOfTheTokensHasToBeSaid) {
    const Pages pages({{}, {}, [] { return Tokens{"new", "old"}; }}, "127.0.0.1");
    const auto status = [&pages](std::string_view target, std::string_view said) {
        return pages.answer({"GET", target, "localhost", said}).status;
    };
    for (const char* said : {"Bearer new", "Bearer old", "bearer new", "BEARER old"}) {
        EXPECT_EQ(status("/livez", said), 200u) << said;
        EXPECT_EQ(status("/", said), 404u) << said;
    }
    for (const char* said : {"", "new", "Bearer", "Bearer ", "Bearer ne", "Bearer neww", "Bearer  new", "Bearer newold",
                             "Bearer New", "Basic new", "Bearernew", "Bearer new "}) {
        for (const char* target : {"/livez", "/readyz", "/metrics", "/v1/status", "/"}) {
            EXPECT_EQ(status(target, said), 401u) << target << ' ' << said;
        }
    }
    EXPECT_EQ(pages.answer({"GET", "/livez", "evil.example", "Bearer new"}).status, 421u);
}

TEST_F(PagesTest, WhereNoTokenCanBeReadNobodyMayAsk) {
    const Pages pages({{}, {}, [] { return Tokens(); }}, "127.0.0.1");
    for (const char* said : {"", "Bearer", "Bearer ", "Bearer x"}) {
        EXPECT_EQ(pages.answer({"GET", "/livez", "localhost", said}).status, 401u) << said;
    }
}

TEST_F(PagesTest, NotReadySaysWhy) {
    overview_.phase = Overview::Phase::starting;
    EXPECT_EQ(get("/readyz").status, 503u);
    EXPECT_EQ(get("/readyz").body, "starting\n");
    overview_.phase = Overview::Phase::refusing;
    overview_.refusal = "the spool is full (disk)";
    EXPECT_EQ(get("/readyz").status, 503u);
    EXPECT_EQ(get("/readyz").body, "refusing: the spool is full (disk)\n");
    overview_.phase = Overview::Phase::draining;
    EXPECT_EQ(get("/readyz").status, 503u);
    EXPECT_EQ(get("/readyz").body, "draining\n");
    EXPECT_EQ(get("/livez").status, 200u);
}

TEST_F(PagesTest, HealthNeedsNoReport) {
    get("/livez");
    get("/readyz");
    EXPECT_EQ(looks_, 0);
    get("/metrics");
    get("/v1/status");
    EXPECT_EQ(looks_, 2);
}

TEST_F(PagesTest, MetricsAreForPrometheus) {
    const Page page = get("/metrics");
    EXPECT_EQ(page.status, 200u);
    EXPECT_THAT(page.type, StartsWith("text/plain; version=0.0.4"));
    EXPECT_THAT(page.body, HasSubstr("\nmillrace_scopes{adapter=\"web\"} 31\n"));
}

TEST_F(PagesTest, StatusIsJson) {
    const Page page = get("/v1/status");
    EXPECT_EQ(page.type, "application/json");
    const auto status = boost::json::parse(page.body);
    EXPECT_EQ(status.at("name"), "edge");
    EXPECT_EQ(status.at("phase"), "ready");
    EXPECT_EQ(status.at("counts_agree"), true);
    EXPECT_EQ(boost::json::serialize(status.at("adapters")),
              R"([{"name":"web","protocol":"websocket","loops":2,"scopes":31,"unmatched":32,)"
              R"("unmatched_messages":44,"unmatched_probes":80,"pinned_routes":81,"paused":33,)"
              R"("replies":34,"replies_dropped":35,"group_drops":38,"sent":39,"orphans":40,)"
              R"("states_kept":45,"state_bytes":46,"states_evicted":53,"settle_deadlines":70,)"
              R"("last_settle_deadline":"web:bad","refused_calls":36,"retiring":48,)"
              R"("replies_unaddressed":71,"degraded":"no broker","gauges":{"expiry":53}}])");
    EXPECT_EQ(status.at("resends"), 47);
    EXPECT_EQ(status.at("channels_refused"), 54);
    EXPECT_EQ(status.at("reloads"), 51);
    EXPECT_EQ(status.at("reloads_failed"), 52);
    EXPECT_EQ(status.at("last_refusal"), "why");
    EXPECT_EQ(boost::json::serialize(status.at("consumers")),
              R"([{"name":"echo","plugin":"echo","generation":49,"retiring":50,"mode":"sync",)"
              R"("stuck":true,"instances":3,"created":100,"acked":50,)"
              R"("dead":20,"expired":15,"dropped":10,"open":5,"retried":8,"overdue":6,)"
              R"("loop_holds":39,"refused_calls":37}])");
    EXPECT_EQ(boost::json::serialize(status.at("dead_letters")), R"({"kept":41,"bytes":42,"forgotten":43})");
}

}  // namespace
}  // namespace millrace::admin
