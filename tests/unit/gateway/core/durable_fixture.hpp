#pragma once

#include <string>
#include <utility>
#include <vector>

#include "gateway/core/durability.hpp"
#include "tests/unit/gateway/core/pipeline_fixture.hpp"
#include "tests/unit/gateway/core/spool_fixture.hpp"

// The pipeline of pipeline_fixture.hpp with durable routes, over a real spool.
namespace millrace {

inline Config durable_config(std::uint64_t expires_ms, bool is_keyed) {
    Config config = make_config();
    config.adapters[0].is_keyed = is_keyed;
    for (RouteConfig& route : config.routes) {
        route.delivery = DeliveryClass::durable;
        route.expires_ms = expires_ms;
    }
    return config;
}

class DurableTest : public PipelineTest {
  protected:
    explicit DurableTest(spool::Limits limits = {}, std::uint64_t expires_ms = 0, bool is_keyed = false)
        : DurableTest(limits, durable_config(expires_ms, is_keyed)) {}
    DurableTest(spool::Limits limits, Config with) : PipelineTest(std::move(with)) {
        spool::Settings settings;
        settings.directory = folder.path();
        settings.limits = limits;
        pipeline.set_spool(*spool::Spool::open(settings, clock));
        async.handler = [this](Call& call) { return handle(call); };
        open(scope, "/async");
    }
    ~DurableTest() override {
        settle();
        pipeline.set_spool(nullptr);
    }

    bool handle(Call& call) {
        if (call.event.kind != MILLRACE_MESSAGE) return ack_all(call);
        heard.push_back(call.text());
        if (call.text() == "fails" && call.event.attempt < 3) return call.retry("not yet"), true;
        if (call.text() == "bad") return call.reject(7, "no"), true;
        call.reply("re: " + call.text());
        return ack_all(call);
    }

    // Until nothing is on its way to the disk, or from there.
    void settle() {
        run_until([this] { return dispatcher().departed() == dispatcher().arrived() && !adapter.is_woken(); });
    }

    // Nothing more is written, or read.
    void break_spool() {
        spool::run(*pipeline.spool(), [](spool::Store& store) { store.database().execute("no SQL"); });
        ASSERT_NE(pipeline.spool()->broken(), "");
    }

    std::vector<std::string> on_disk() {
        std::vector<std::string> payloads;
        spool::run(*pipeline.spool(), [&](spool::Store& store) {
            for (const spool::Busy& busy : store.busy_lanes(0, 100)) {
                for (const auto& [delivery, message] : store.page(busy.lane.id, 0, 1'000'000, SIZE_MAX).entries) {
                    payloads.push_back(message.payload);
                }
            }
        });
        return payloads;
    }

    spool::SpoolFolder folder;
    std::vector<std::string> heard;
};

inline std::vector<std::string> numbers(int first, int last) {
    std::vector<std::string> texts;
    for (int i = first; i <= last; ++i) texts.push_back(std::to_string(i));
    return texts;
}

}  // namespace millrace
