#include <gmock/gmock.h>

#include <future>
#include <thread>

#include "tests/unit/gateway/core/departures_fixture.hpp"

// Contract T3: what durable routes send to addresses of an adapter stands on the disk until its outcome is known.
namespace millrace {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;

TEST_F(DeparturesTest, T3_what_is_sent_stands_on_the_disk_until_its_outcome) {
    open_addresses(addresses);
    submit("one");
    submit("two");
    EXPECT_THAT(addresses.replies, ElementsAre("one", "two"));
    EXPECT_THAT(addresses.addresses, ElementsAre("alerts/1 1", "alerts/1 1"));
    EXPECT_THAT(outbox(), ElementsAre("test:alerts/1 one", "test:alerts/1 two"));
    adapter.outcome(addresses.receipts[0], MILLRACE_SENT, 0, "");
    settle();
    EXPECT_THAT(outbox(), ElementsAre("test:alerts/1 two"));
    adapter.outcome(addresses.receipts[1], MILLRACE_REJECTED, 7, "no");
    settle();
    EXPECT_THAT(outbox(), IsEmpty());
    EXPECT_THAT(receipts, ElementsAre("7 1", "7 2"));
}

TEST_F(DeparturesTest, T3_what_nobody_can_tell_of_does_not_come_again_and_what_is_not_final_has_left) {
    open_addresses(addresses);
    submit("one");
    submit("two");
    adapter.outcome(addresses.receipts[0], MILLRACE_UNSURE, 0, "");
    adapter.report({sizeof(millrace_report), MILLRACE_SENT, addresses.receipts[1], 0, 0, {}, {}, {}, 0});
    settle();
    EXPECT_THAT(outbox(), IsEmpty());
    adapter.outcome(addresses.receipts[1], MILLRACE_REJECTED, 0, "not delivered");
    settle();
    EXPECT_EQ(addresses.replies.size(), 2u);
    EXPECT_THAT(receipts, ElementsAre("7 4", "7 1", "7 2"));
}

TEST_F(DeparturesTest, WhatIsLostLeavesAgainInItsOrderWithItsId) {
    open_addresses(addresses);
    submit("one");
    submit("two");
    adapter.outcome(addresses.receipts[1], MILLRACE_LOST, 0, "");
    adapter.outcome(addresses.receipts[0], MILLRACE_LOST, 0, "");
    submit("three");
    EXPECT_EQ(addresses.replies.size(), 2u);
    advance_us(999'999);
    settle();
    EXPECT_EQ(addresses.replies.size(), 2u);
    advance_us(1);
    settle();
    EXPECT_THAT(addresses.replies, ElementsAre("one", "two", "one", "two", "three"));
    ASSERT_EQ(addresses.ids.size(), 5u);
    EXPECT_EQ(addresses.ids[2], addresses.ids[0]);
    EXPECT_EQ(addresses.ids[3], addresses.ids[1]);
    for (std::size_t i = 2; i < 5; ++i) adapter.outcome(addresses.receipts[i], MILLRACE_SENT, 0, "");
    settle();
    EXPECT_THAT(outbox(), IsEmpty());
    EXPECT_THAT(receipts, ElementsAre("7 1", "7 1", "7 1"));
    submit("four");
    EXPECT_EQ(addresses.replies.back(), "four");
}

TEST_F(DeparturesTest, EachLossInARowDoublesTheWait) {
    open_addresses(addresses);
    submit("x");
    std::int64_t wait_us = 1'000'000;
    for (int i = 0; i < 9; ++i) {
        adapter.outcome(addresses.receipts.back(), MILLRACE_LOST, 0, "");
        const auto before = addresses.replies.size();
        advance_us(wait_us - 1);
        settle();
        EXPECT_EQ(addresses.replies.size(), before);
        advance_us(1);
        settle();
        EXPECT_EQ(addresses.replies.size(), before + 1);
        wait_us = std::min<std::int64_t>(2 * wait_us, 60'000'000);
    }
}

TEST_F(DeparturesTest, AnAdapterThatIsNotOpenYetFindsThemOnTheDisk) {
    for (int i = 1; i <= 200; ++i) submit(std::to_string(i));
    EXPECT_EQ(answers, std::vector<std::int32_t>(200, MILLRACE_TAKEN));
    EXPECT_EQ(outbox().size(), 200u);
    open_addresses(addresses);
    EXPECT_EQ(addresses.replies.size(), 192u);
    for (std::size_t i = 0; i < addresses.receipts.size(); ++i) {
        adapter.outcome(addresses.receipts[i], MILLRACE_SENT, 0, "");
        settle();
    }
    EXPECT_EQ(addresses.replies, numbers(1, 200));
    EXPECT_THAT(outbox(), IsEmpty());
    submit("201");
    EXPECT_EQ(addresses.replies.back(), "201");
}

TEST_F(DeparturesTest, C5_what_leaves_from_the_disk_says_who_has_asked) {
    submit("one");
    adapter.close(scope);
    settle();
    open_addresses(addresses);
    ASSERT_EQ(addresses.askers.size(), 1u);
    EXPECT_EQ(addresses.askers[0], std::pair(std::string("7 async@test:scope-1"), std::string("scope-1")));
    FakeAdapter::Scope next;
    open(next, "/async");
    adapter.report({sizeof(millrace_report), 0, addresses.receipts[0], 0, 1, {}, {}, {}, 0});
    adapter.tell(addresses.askers[0].first, next.id, MILLRACE_SENT, "");
    settle();
    EXPECT_THAT(outbox(), IsEmpty());
    EXPECT_THAT(receipts, ElementsAre("7 1"));
}

TEST_F(DeparturesTest, D13_a_dead_letter_of_an_adapter_is_on_the_disk) {
    const std::string text = "why not";
    const millrace_letter letter{sizeof letter, MILLRACE_DATA,          to_bytes("a/b"), to_bytes("payload"),
                                 to_bytes(""),  to_bytes("unreadable"), to_bytes(text)};
    adapter.bury(letter);
    std::vector<std::string> found;
    spool::run(*pipeline.spool(), [&](spool::Store& store) {
        for (const spool::DeadLetter& each : store.letters({}, 0, 10).letters) {
            const auto whole = store.letter(each.id);
            v1::ChannelMessage message;
            ASSERT_TRUE(message.ParseFromString(whole->prefix + whole->message.fields + whole->message.payload));
            found = {whole->why.reason, whole->why.text, whole->scope, message.scope(), message.data()};
        }
    });
    EXPECT_THAT(found, ElementsAre("unreadable", "why not", "test:a/b", "a/b", "payload"));
    EXPECT_EQ(pipeline.dead_letters.count().kept, 0u);
    break_spool();
    adapter.bury(letter);
    spool::run(*pipeline.spool(), [](spool::Store&) {});
    EXPECT_EQ(pipeline.dead_letters.count().kept, 1u) << "what the disk does not take is kept in memory";
}

TEST_F(DeparturesTest, AReplyOfADurableRouteIsOnTheDiskToo) {
    FakeAdapter::Scope topic{.key = "topic"};
    ASSERT_EQ(adapter.open_with(topic, "/async", MILLRACE_REPLY_TO), MILLRACE_OPENED);
    open_addresses(addresses);
    v1::ChannelMessage message;
    message.set_reply_to(std::string("answers\0id", 10));
    adapter.submit(topic, "warm up", {});
    settle();
    adapter.submit(topic, "reply to me", {.fields = message.SerializeAsString()});
    adapter.submit(topic, "reply to nobody", {});
    settle();
    EXPECT_EQ(answers, (std::vector<std::int32_t>{MILLRACE_TAKEN, MILLRACE_TAKEN, MILLRACE_UNKNOWN}));
    EXPECT_THAT(addresses.replies, ElementsAre("warm up", "reply to me"));
    EXPECT_EQ(addresses.addresses[1], std::string("answers\0id 1", 12));
    EXPECT_THAT(topic.replies, IsEmpty());
    EXPECT_EQ(outbox().size(), 2u);
}

// Where a conversation outlives its scope, as a chat does.
TEST_F(DeparturesTest, AReplyLeavesByTheAddressOfItsMessageElseToTheScope) {
    FakeAdapter::Scope chat{.key = "chat"};
    ASSERT_EQ(adapter.open_with(chat, "/async", 0), MILLRACE_OPENED);
    open_addresses(addresses);
    v1::ChannelMessage message;
    message.set_reply_to("chat");
    adapter.submit(chat, "warm up", {});
    settle();
    adapter.submit(chat, "reply to the chat", {.fields = message.SerializeAsString()});
    adapter.submit(chat, "reply to the scope", {});
    settle();
    EXPECT_EQ(answers, (std::vector<std::int32_t>{MILLRACE_TAKEN, MILLRACE_TAKEN, MILLRACE_TAKEN}));
    EXPECT_THAT(addresses.replies, ElementsAre("warm up", "reply to the chat"));
    EXPECT_THAT(addresses.addresses.back(), StartsWith("chat"));
    EXPECT_THAT(chat.replies, ElementsAre("reply to the scope"));
    EXPECT_EQ(outbox().size(), 2u);
}

TEST_F(DeparturesTest, WhatWasWrittenInAnotherFormIsGivenUp) {
    spool::run(*pipeline.spool(), [&](spool::Store& store) {
        spool::Command row;
        row.target = "test:a";
        row.bytes = "of no form";
        store.outbox().add(row);
    });
    open_addresses(addresses);
    EXPECT_THAT(addresses.replies, IsEmpty());
    EXPECT_THAT(outbox(), IsEmpty());
}

TEST_F(DeparturesTest, TheRoomOfWhatComesFromTheDiskIsGivenBackAsItIsWritten) {
    const std::string large(100'000, 'x');
    for (int i = 0; i < 8; ++i) submit(large);
    open_addresses(addresses);
    EXPECT_EQ(addresses.replies.size(), 8u);
    submit("after");
    EXPECT_EQ(addresses.replies.size(), 9u);
    adapter.written(addresses);
    settle();
    const PortPtr port = pipeline.ports.addresses("test");
    ASSERT_TRUE(port);
    EXPECT_EQ(port->used_bytes(), 0u);
}

TEST_F(DeparturesTest, WhatIsReadBeforeItArrivesLeavesOnce) {
    open_addresses(addresses);
    submit("one");
    adapter.outcome(addresses.receipts[0], MILLRACE_LOST, 0, "");
    async.handler = [this](Call& call) {
        call.sleep(1);
        async.on_resumed = [this, token = call.event.token](millrace_id, std::int32_t) {
            Call resumed(async.host(), token);
            EXPECT_EQ(resumed.command(MILLRACE_SEND, "test:alerts/1", "two"), MILLRACE_TAKEN);
            resumed.ack();
        };
        return false;
    };
    submit("two");
    std::promise<void> begun, over;
    std::thread writer([&] {
        spool::run(*pipeline.spool(), [&](spool::Store&) {
            begun.set_value();
            over.get_future().wait();
        });
    });
    begun.get_future().wait();
    advance_us(1);
    advance_us(999'999);
    over.set_value();
    writer.join();
    spool::run(*pipeline.spool(), [](spool::Store&) {});
    settle();
    EXPECT_THAT(addresses.replies, ElementsAre("one", "one", "two"));
}

TEST_F(DeparturesTest, WhatHasLeftTheDiskIsNotLookedForAgain) {
    open_addresses(addresses);
    submit("one");
    submit("two");
    adapter.outcome(addresses.receipts[1], MILLRACE_LOST, 0, "");
    submit("three");
    advance_us(1'000'000);
    settle();
    EXPECT_THAT(addresses.replies, ElementsAre("one", "two", "two", "three"));
    adapter.outcome(addresses.receipts[2], MILLRACE_SENT, 0, "");
    adapter.outcome(addresses.receipts[3], MILLRACE_SENT, 0, "");
    adapter.outcome(addresses.receipts[0], MILLRACE_LOST, 0, "");
    advance_us(1'000'000);
    settle();
    EXPECT_EQ(addresses.replies.back(), "one");
    adapter.outcome(addresses.receipts.back(), MILLRACE_SENT, 0, "");
    settle();
    EXPECT_THAT(outbox(), IsEmpty());
}

TEST_F(DeparturesTest, NoMoreAreUnderWayThanALimit) {
    open_addresses(addresses);
    for (int i = 1; i <= 300; ++i) submit(std::to_string(i));
    EXPECT_EQ(answers, std::vector<std::int32_t>(300, MILLRACE_TAKEN));
    EXPECT_EQ(addresses.replies, numbers(1, 256));
    for (std::size_t i = 0; i < addresses.receipts.size(); ++i) {
        adapter.outcome(addresses.receipts[i], MILLRACE_SENT, 0, "");
        settle();
    }
    EXPECT_EQ(addresses.replies, numbers(1, 300));
    EXPECT_THAT(outbox(), IsEmpty());
}

TEST_F(DeparturesTest, WhatTheAdapterKeepsHoldsUpNoOther) {
    open_addresses(addresses);
    for (int i = 1; i <= 300; ++i) submit(std::to_string(i));
    ASSERT_EQ(addresses.replies.size(), 256u);
    for (std::size_t i = 0; i < 256; ++i) {
        adapter.report({sizeof(millrace_report), MILLRACE_KEPT, addresses.receipts[i], 0, 0, {}, {}, {}, 0});
    }
    submit("301");
    EXPECT_EQ(addresses.replies, numbers(1, 301));
    EXPECT_EQ(outbox().size(), 301u);
    adapter.outcome(addresses.receipts[256], MILLRACE_LOST, 0, "");
    advance_us(1'000'000);
    settle();
    EXPECT_EQ(addresses.replies.size(), 302u) << "none that is kept comes again";
    for (const std::uint64_t receipt : std::vector(addresses.receipts)) {
        adapter.outcome(receipt, MILLRACE_SENT, 0, "");
        settle();
    }
    EXPECT_THAT(outbox(), IsEmpty());
}

TEST_F(DeparturesTest, NorMoreBytes) {
    send_each(1 << 20);
    open_addresses(addresses);
    for (int i = 0; i < 20; ++i) submit("x");
    EXPECT_EQ(addresses.replies.size(), 16u);
    for (std::size_t i = 0; i < addresses.receipts.size(); ++i) {
        adapter.outcome(addresses.receipts[i], MILLRACE_SENT, 0, "");
        settle();
    }
    EXPECT_EQ(addresses.replies.size(), 20u);
}

TEST_F(DeparturesTest, WhatOneHandlerMaySendIsForEachAnew) {
    send_each(40 << 20);
    submit("one");
    submit("two");
    EXPECT_THAT(answers, ElementsAre(MILLRACE_TAKEN, MILLRACE_TAKEN));
    async.handler = [this](Call& call) {
        const std::string large(40 << 20, 'x');
        for (int i = 0; i < 2; ++i) answers.push_back(call.command(MILLRACE_SEND, "test:alerts/1", large));
        return ack_all(call);
    };
    submit("three");
    EXPECT_THAT(answers, ElementsAre(MILLRACE_TAKEN, MILLRACE_TAKEN, MILLRACE_TAKEN, MILLRACE_TOO_LARGE));
}

TEST_F(DeparturesTest, WhatIsSentBetweenAnEndAndAnOpeningIsFoundThere) {
    open_addresses(addresses);
    submit("before");
    adapter.outcome(addresses.receipts[0], MILLRACE_SENT, 0, "");
    adapter.close(addresses, MILLRACE_REASON_DRAIN);
    submit("meanwhile");
    EXPECT_EQ(answers.back(), MILLRACE_TAKEN);
    EXPECT_THAT(outbox(), ElementsAre("test:alerts/1 meanwhile"));
    FakeAdapter::Scope next{.key = ""};
    open_addresses(next);
    EXPECT_THAT(next.replies, ElementsAre("meanwhile"));
}

// A gateway that has begun without a durable route: a reload brings the first one.
class LateSpoolTest : public PipelineTest {
  protected:
    LateSpoolTest() : PipelineTest(make_departing_config()) {
        pipeline.ports.set_names({}, pipeline.snapshot()->config.adapters);
        EXPECT_EQ(adapter.open_with(addresses, "", MILLRACE_ADDRESSES), MILLRACE_OPENED);
        spool::Settings settings;
        settings.directory = folder.path();
        pipeline.set_spool(*spool::Spool::open(settings, clock));
        async.handler = [](Call& call) {
            if (call.event.kind == MILLRACE_MESSAGE) call.command(MILLRACE_SEND, "test:alerts/1", call.text());
            return ack_all(call);
        };
    }
    ~LateSpoolTest() override {
        run_until([this] { return dispatcher().departed() == dispatcher().arrived() && !adapter.is_woken(); });
        pipeline.set_spool(nullptr);
    }

    spool::SpoolFolder folder;
    FakeAdapter::Scope addresses{.key = ""};
};

TEST_F(LateSpoolTest, WhatIsSentLeavesAlsoBeforeTheAdaptersLoopKnowsOfIt) {
    open(scope, "/async");
    adapter.submit(scope, {"one", "two"});
    run_until([this] { return addresses.replies.size() == 2; });
    EXPECT_THAT(addresses.replies, ElementsAre("one", "two"));
}

TEST_F(LateSpoolTest, WhatHasStoodThereLeavesWithTheReload) {
    Parcel parcel;
    parcel.fill({"alerts/1"}, to_bytes("old"));
    spool::Command row;
    row.target = "test:alerts/1";
    row.bytes = to_row(parcel);
    spool::run(*pipeline.spool(), [&](spool::Store& store) { store.outbox().add(row); });
    dispatcher().adopt(pipeline.snapshot());
    run_until([this] { return !addresses.replies.empty(); });
    EXPECT_THAT(addresses.replies, ElementsAre("old"));
}

TEST(Departure, IsWhatItWasWhenItIsReadAgain) {
    Parcel parcel;
    parcel.payload_kind = MILLRACE_DATA;
    parcel.hops = 3;
    parcel.is_reported = true;
    parcel.fill({"a/b"}, to_bytes("payload"), to_bytes("body"));
    const std::string row = to_row(parcel);
    const auto read = from_row(row);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->payload_kind, MILLRACE_DATA);
    EXPECT_EQ(read->hops, 3u);
    EXPECT_TRUE(read->is_reported);
    EXPECT_EQ(read->from, "");
    EXPECT_EQ(read->payload, "payload");
    EXPECT_EQ(read->body, "body");
    for (std::size_t size = 0; size < row.size() - std::string_view("payload").size(); ++size) {
        EXPECT_FALSE(from_row(std::string_view(row).substr(0, size))) << size;
    }
}

}  // namespace
}  // namespace millrace
