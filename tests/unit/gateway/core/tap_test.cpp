#include "gateway/core/tap.hpp"

#include <thread>

#include "millrace/v1/message.pb.h"
#include "tests/unit/gateway/core/pipeline_fixture.hpp"

namespace millrace {
namespace {

class TapTest : public PipelineTest {
  protected:
    // "consumer kind payload", of each.
    static Strings written(const Watch::Seen& seen) {
        Strings lines;
        for (const Sighting& sighting : seen.sightings) {
            v1::ChannelMessage message;
            EXPECT_TRUE(message.ParseFromString(sighting.message));
            EXPECT_EQ(message.adapter(), "test");
            const std::string text = message.text().empty() ? "" : " " + message.text();
            lines.push_back(sighting.consumer + " " + v1::ChannelMessage::Kind_Name(message.kind()) + text);
        }
        return lines;
    }

    // What a watch with this filter sees of a connection to both consumers and of one to `async`.
    Strings seen_by(TapFilter filter) {
        Tap::Seat seat(pipeline.tap, std::move(filter));
        for (const char* path : {"/both/r", "/async"}) {
            FakeAdapter::Scope each;
            open(each, path);
            adapter.submit(each, {path});
            adapter.close(each);
            run_until([this] { return report().scopes == 0; });
        }
        return written(seat.take());
    }
};

TEST_F(TapTest, ShowsEveryEventForEveryConsumerInOrder) {
    EXPECT_EQ(seen_by({}), (Strings{"async CONNECT", "sync CONNECT", "async MESSAGE /both/r", "sync MESSAGE /both/r",
                                    "async DISCONNECT", "sync DISCONNECT", "async CONNECT", "async MESSAGE /async",
                                    "async DISCONNECT"}));
}

TEST_F(TapTest, ShowsOnlyWhatTheFilterTakes) {
    const auto with = [](auto set) {
        TapFilter filter;
        set(filter);
        return filter;
    };
    EXPECT_EQ(seen_by(with([](TapFilter& filter) { filter.adapter = "other"; })), Strings{});
    EXPECT_EQ(seen_by(with([](TapFilter& filter) { filter.adapter = "tes"; })), Strings{});
    EXPECT_EQ(seen_by(with([](TapFilter& filter) { filter.adapter = "test"; })).size(), 9u);
    EXPECT_EQ(seen_by(with([](TapFilter& filter) { filter.route = "a"; })),
              (Strings{"async CONNECT", "async MESSAGE /async", "async DISCONNECT"}));
    EXPECT_EQ(seen_by(with([](TapFilter& filter) {
                  filter.consumer = "sync";
                  filter.kinds = {MILLRACE_CONNECT, MILLRACE_DISCONNECT};
              })),
              (Strings{"sync CONNECT", "sync DISCONNECT"}));
    EXPECT_EQ(seen_by(with([](TapFilter& filter) { filter.scope = Pattern::compile("no*", KeyType::text).value(); })),
              Strings{});
    EXPECT_EQ(
        seen_by(with([](TapFilter& filter) { filter.scope = Pattern::compile("*", KeyType::text).value(); })).size(),
        9u);
}

TEST_F(TapTest, ShowsAnEventOnceHoweverOftenItIsTried) {
    Tap::Seat seat(pipeline.tap, {});
    int failures = 2;
    async.handler = [&](Call& call) {
        if (call.text() == "x" && failures-- > 0)
            call.retry();
        else
            call.ack();
        return true;
    };
    open(scope, "/async");
    adapter.submit(scope, {"x", "y"});
    advance_us(600'000);
    advance_us(1'200'000);
    EXPECT_EQ(written(seat.take()), (Strings{"async CONNECT", "async MESSAGE x", "async MESSAGE y"}));
    EXPECT_EQ(report().consumers[0].retried, 2u);
}

TEST_F(TapTest, WhoWatchesSeesWhatComesMeanwhileAndNothingElse) {
    open(scope, "/async");
    {
        Tap::Seat first(pipeline.tap, {});
        adapter.submit(scope, {"1"});
        Tap::Seat second(pipeline.tap, {});
        adapter.submit(scope, {"2"});
        EXPECT_EQ(written(first.take()), (Strings{"async MESSAGE 1", "async MESSAGE 2"}));
        EXPECT_EQ(written(second.take()), Strings{"async MESSAGE 2"});
        EXPECT_EQ(written(second.take()), Strings{});
    }
    adapter.submit(scope, {"3"});
    Tap::Seat third(pipeline.tap, {});
    EXPECT_EQ(written(third.take()), Strings{});
}

TEST_F(TapTest, WhatThereIsNoRoomForIsSkippedAndCounted) {
    Tap::Seat seat(pipeline.tap, {});
    open(scope, "/async");
    for (std::uint64_t i = 0; i < Watch::kMessagesMax; ++i) adapter.submit(scope, {std::to_string(i)});
    Watch::Seen seen = seat.take();
    EXPECT_EQ(seen.sightings.size(), Watch::kMessagesMax);
    EXPECT_EQ(seen.skipped, 1u);
    EXPECT_EQ(written(seen)[1], "async MESSAGE 0");
    adapter.submit(scope, {std::string(Watch::kBytesMax - 1000, 'x'), std::string(2000, 'y'), "z"});
    seen = seat.take();
    EXPECT_EQ(seen.sightings.size(), 2u);
    EXPECT_EQ(written(seen).back(), "async MESSAGE z");
    EXPECT_EQ(seen.skipped, 1u);
    adapter.submit(scope, {std::string(2000, 'y')});
    seen = seat.take();
    EXPECT_EQ(seen.sightings.size(), 1u);
    EXPECT_EQ(seen.skipped, 0u);
}

// Watches come and go while events flow; what one does not skip it sees in order.
TEST_F(TapTest, NothingIsLostWithoutBeingCounted) {
    open(scope, "/async");
    Tap::Seat all(pipeline.tap, {});
    std::atomic<bool> is_over{false};
    std::uint64_t counted = 0;
    const auto look = [&] {
        const Watch::Seen seen = all.take();
        counted += seen.sightings.size() + seen.skipped;
    };
    std::thread watcher([&] {
        while (!is_over.load()) {
            look();
            Tap::Seat passer_by(pipeline.tap, {});
            passer_by.take();
        }
    });
    constexpr std::uint64_t kEvents = 20'000;
    for (std::uint64_t i = 0; i < kEvents; ++i) adapter.submit(scope, {"x"});
    is_over.store(true);
    watcher.join();
    look();
    EXPECT_EQ(counted, kEvents);
}

}  // namespace
}  // namespace millrace
