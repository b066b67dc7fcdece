#include <algorithm>

#include "conformance/adapter_fixture.hpp"

// What an adapter asks before there is a message, and what becomes of the routes that it is told.
namespace millrace::conformance {
namespace {

class Probes : public TransactionTest {
  protected:
    void SetUp() override {
        TransactionTest::SetUp();
        if (IsSkipped()) return;
        start();
        settle_down();
        bool has_asked = false;
        host().with([&] { has_asked = !host().probes.empty(); });
        end();
        if (!has_asked) GTEST_SKIP() << "the adapter does not ask";
    }

    static Manner answering(std::int32_t answer, const std::string& routes = "all") {
        Manner manner = quiet();
        manner.probe = [=](const RecordingHost::Probe&) { return RecordingHost::Prospect{answer, routes}; };
        return manner;
    }
    // A peer whose message stops half-way.
    std::unique_ptr<Peer> begin() {
        auto began = peer();
        began->open("began");
        std::size_t before = 0;
        host().with([&] { before = host().probes.size(); });
        began->begin("this is the beginning of a message that has no end");
        bool is_asked = false;
        host().with([&] { is_asked = host().probes.size() > before; });
        return is_asked ? std::move(began) : nullptr;
    }
};

TEST_F(Probes, NameDeclaredKeys) {
    start();
    const Talk talk = open("talk");
    host().with([&] {
        for (const RecordingHost::Probe& probe : host().probes) {
            for (const auto& [key, value] : probe.attributes) {
                EXPECT_TRUE(declared().match_keys.contains(key)) << key;
                EXPECT_EQ(std::ranges::count(probe.unknown, key), 0) << key << " is known, and is not";
            }
            for (const std::string& key : probe.unknown) EXPECT_TRUE(declared().match_keys.contains(key)) << key;
        }
    });
}

// With what was known, and no more than was said to come.
TEST_F(Probes, AreWhatTheScopeOpensWith) {
    start();
    const Talk talk = open("talk");
    host().with([&] {
        const auto is_of_scope = [&](const auto& known) { return talk.scope->attribute(known.first) == known.second; };
        const auto fits = [&](const RecordingHost::Probe& probe) {
            return std::ranges::all_of(probe.attributes, is_of_scope);
        };
        const auto probe = std::ranges::find_if(host().probes, fits);
        ASSERT_NE(probe, host().probes.end()) << "it opened with other attributes than it asked with";
        for (const auto& [key, value] : talk.scope->attributes) {
            const bool was_announced = probe->attribute(key) == value || std::ranges::count(probe->unknown, key) > 0;
            EXPECT_TRUE(was_announced || key.starts_with("header.")) << key;
        }
    });
}

TEST_F(Probes, LeadWhereTheyWereTold) {
    for (const std::int32_t answer : {MILLRACE_PROBE_YES, MILLRACE_PROBE_MAYBE}) {
        start(answering(answer, "some of them"));
        const Talk talk = open("talk");
        host().with([&] { EXPECT_EQ(talk.scope->routes, "some of them"); });
        end();
    }
}

TEST_F(Probes, RefuseWhatNobodyTakes) {
    const std::pair<int, Kind> rows[] = {{MILLRACE_PROBE_NO, Kind::no}, {MILLRACE_PROBE_LATER, Kind::later}};
    for (const auto& [answer, kind] : rows) {
        start(answering(answer));
        const auto refused = peer();
        refused->open("refused");
        refused->send("nobody gets this");
        EXPECT_EQ(hear(*refused).kind, kind) << "probe answered " << answer;
        host().with([&] { EXPECT_EQ(host().scopes.size(), 0u); });
        end();
    }
}

TEST_F(Probes, AreReleasedWhereTheMessageStopsHalfWay) {
    start();
    for (const bool is_cut : {true, false}) {
        const auto began = begin();
        if (!began) GTEST_SKIP() << "there is no such place in the protocol";
        host().with([&] { EXPECT_GT(host().held_routes(), 0u); });
        is_cut ? began->cut() : began->close();
        EXPECT_TRUE(wait_for_release()) << (is_cut ? "cut" : "closed");
    }
    settle_down();
    host().with([&] { EXPECT_EQ(host().scopes.size(), 1u); });
}

TEST_F(Probes, AreReleasedWhereTheAdapterStops) {
    start();
    const auto began = begin();
    if (!began) GTEST_SKIP() << "there is no such place in the protocol";
    end();
}

}  // namespace
}  // namespace millrace::conformance
