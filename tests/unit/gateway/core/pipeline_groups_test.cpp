#include "millrace/v1/message.pb.h"
#include "tests/unit/gateway/core/pipeline_fixture.hpp"

// Groups. Tests are named after the rule of the contract that they hold the pipeline to.
namespace millrace {
namespace {

class GroupsTest : public PipelineTest {
  protected:
    GroupsTest() {
        async.handler = [this](Call& call) { return handle(call); };
        for (auto& member : members) open(member, "/async", 20);
        if (::testing::Test::HasFatalFailure()) return;
        for (auto& member : members) adapter.submit(member, {"join"});
    }

    bool handle(Call& call) {
        v1::ChannelMessage message;
        for (const auto& piece : {call.event.scope, call.event.event, call.event.payload}) bytes += to_text(piece);
        EXPECT_TRUE(message.ParseFromString(bytes));
        bytes.clear();
        if (call.event.kind == MILLRACE_GAP) gaps.push_back(message.gap().lost());
        if (call.event.kind == MILLRACE_GAP && tells_gaps) call.reply("a gap");
        if (call.event.kind == MILLRACE_RECEIPT) receipt = message;
        if (call.event.kind == MILLRACE_MESSAGE && !message.group().empty()) heard.push_back(message);
        if (call.text() == "holds") call.reply("fifteen bytes..");
        if (call.text() == "wait" || call.text() == "holds") return waiting = call.event.token, false;
        if (call.event.kind == MILLRACE_DISCONNECT && says_farewell) {
            call.command(MILLRACE_GROUP_REPLY, "room", "farewell");
        }
        if (call.text() == "join") call.command(MILLRACE_JOIN, "room");
        if (call.text() == "leave") call.command(MILLRACE_LEAVE, "room");
        if (call.text().starts_with("send:")) call.command(MILLRACE_GROUP_SEND, "room", call.text().substr(5), flags);
        if (call.text().starts_with("reply:")) call.command(MILLRACE_GROUP_REPLY, "room", call.text().substr(6), flags);
        if (call.text() == "in order") {
            call.reply("1");
            call.command(MILLRACE_GROUP_REPLY, "room", "2");
            call.command(MILLRACE_LEAVE, "room");
            call.command(MILLRACE_GROUP_REPLY, "room", "not me");
            call.reply("3");
        }
        if (call.text() == "undone") {
            call.command(MILLRACE_GROUP_REPLY, "room", "never");
            return call.reject(1, "no"), true;
        }
        return ack_all(call);
    }

    std::array<FakeAdapter::Scope, 3> members;
    std::string bytes;
    std::uint32_t flags = 0;
    bool says_farewell = false;
    bool tells_gaps = false;
    millrace_id waiting = 0;
    std::vector<std::uint64_t> gaps;
    std::vector<v1::ChannelMessage> heard;
    v1::ChannelMessage receipt;
};

TEST_F(GroupsTest, C4_a_group_reply_reaches_the_peers_of_all_members_and_no_handler) {
    adapter.submit(members[0], {"reply:hello"});
    for (auto& member : members) EXPECT_EQ(member.replies, Strings{"hello"});
    EXPECT_TRUE(heard.empty());
}

TEST_F(GroupsTest, C4_a_group_send_reaches_the_consumers_of_all_members) {
    adapter.submit(members[0], {"send:hello"});
    ASSERT_EQ(heard.size(), 3u);
    EXPECT_EQ(heard[0].text(), "hello");
    EXPECT_EQ(heard[0].group(), "room");
    EXPECT_EQ(heard[0].sender(), "async@test:scope-1");
    flags = MILLRACE_NOT_SELF;
    adapter.submit(members[0], {"send:but me"});
    EXPECT_EQ(heard.size(), 5u);
}

TEST_F(GroupsTest, C4_commands_apply_in_the_order_of_their_recording) {
    adapter.submit(members[0], {"in order"});
    EXPECT_EQ(members[0].replies, (Strings{"1", "2", "3"}));
    EXPECT_EQ(members[1].replies, (Strings{"2", "not me"}));
}

TEST_F(GroupsTest, C4_commands_of_a_handler_that_fails_do_nothing) {
    adapter.submit(members[0], {"undone"});
    EXPECT_TRUE(members[1].replies.empty());
}

TEST_F(GroupsTest, C4_who_has_left_or_closed_is_no_member) {
    adapter.submit(members[1], {"leave"});
    adapter.close(members[2]);
    adapter.run();
    adapter.submit(members[0], {"reply:x"});
    EXPECT_EQ(members[0].replies, Strings{"x"});
    EXPECT_TRUE(members[1].replies.empty());
    EXPECT_TRUE(members[2].replies.empty());
}

TEST_F(GroupsTest, C4_who_closes_can_say_farewell) {
    says_farewell = true;
    adapter.close(members[0]);
    adapter.run();
    EXPECT_TRUE(members[0].replies.empty());
    EXPECT_EQ(members[1].replies, Strings{"farewell"});
    EXPECT_EQ(members[2].replies, Strings{"farewell"});
}

TEST_F(GroupsTest, C4_a_slow_reader_gets_one_gap_and_costs_the_others_nothing) {
    for (int i = 0; i < 5; ++i) {
        adapter.submit(members[0], {"reply:ten bytes."});
        adapter.written(members[0]);
        adapter.written(members[1]);
    }
    EXPECT_EQ(members[1].replies.size(), 5u);
    EXPECT_EQ(members[2].replies.size(), 2u);
    EXPECT_TRUE(gaps.empty());
    adapter.written(members[2]);
    adapter.run();
    EXPECT_EQ(gaps, std::vector<std::uint64_t>{3});
    EXPECT_EQ(report().group_drops, 3u);
}

TEST_F(GroupsTest, C4_a_slow_reader_is_not_told_while_it_is_full) {
    for (const char* text : {"nine byte", "nine byte", "another", "x", "another", "y"}) {
        adapter.submit(members[0], {std::string("reply:") + text});
        adapter.written(members[0]);
        adapter.written(members[1]);
        adapter.run();
    }
    EXPECT_EQ(members[2].replies, (Strings{"nine byte", "nine byte", "x", "y"}));
    EXPECT_TRUE(gaps.empty());
    adapter.written(members[2]);
    adapter.run();
    EXPECT_EQ(gaps, std::vector<std::uint64_t>{2});
}

// What a handler wanted to reply had the room, and it was undone: nothing is ever written.
TEST_F(GroupsTest, C4_a_reader_whose_room_was_given_back_is_told) {
    adapter.submit(members[2], {"holds"});
    adapter.submit(members[0], {"reply:ten bytes."});
    EXPECT_TRUE(gaps.empty());
    Call(async.host(), waiting).reject(1, "undone");
    adapter.run();
    EXPECT_EQ(gaps, std::vector<std::uint64_t>{1});
}

TEST_F(GroupsTest, C4_a_slow_reader_that_leaves_was_told_before) {
    for (int i = 0; i < 5; ++i) adapter.submit(members[0], {"reply:ten bytes."});
    adapter.close(members[2]);
    adapter.run();
    EXPECT_EQ(gaps, std::vector<std::uint64_t>{3});
}

TEST_F(GroupsTest, C4_a_gap_that_is_tried_again_keeps_its_count) {
    tells_gaps = true;
    for (int i = 0; i < 2; ++i) adapter.submit(members[0], {"reply:ten bytes."});
    adapter.written(members[0]);
    adapter.submit(members[2], {"wait"});
    for (int i = 0; i < 9; ++i) adapter.submit(members[0], {"send:x"});
    EXPECT_TRUE(gaps.empty());
    Call(async.host(), waiting).ack();
    adapter.run();
    EXPECT_EQ(gaps, std::vector<std::uint64_t>{2});
    adapter.written(members[2]);
    adapter.run();
    EXPECT_EQ(gaps, (std::vector<std::uint64_t>{2, 2}));
    EXPECT_EQ(members[2].replies.back(), "a gap");
}

TEST_F(GroupsTest, C4_a_full_mailbox_gets_one_gap_for_all_that_it_lost) {
    adapter.submit(members[2], {"wait"});
    for (int i = 0; i < 12; ++i) adapter.submit(members[0], {"send:x"});
    EXPECT_TRUE(gaps.empty());
    adapter.close(members[2]);
    EXPECT_EQ(report().group_drops, 5u);
    EXPECT_EQ(report().consumers[0].now.open, 1u + 7 + 1 + 1);
}

TEST_F(GroupsTest, C4_a_receipt_tells_members_taken_and_dropped) {
    flags = MILLRACE_REPORTED | MILLRACE_NOT_SELF;
    adapter.submit(members[2], {"wait"});
    for (int i = 0; i < 8; ++i) adapter.submit(members[0], {"send:x"});
    adapter.run();
    EXPECT_EQ(receipt.correlation(), 7u);
    EXPECT_EQ(receipt.receipt().members(), 3u);
    EXPECT_EQ(receipt.receipt().taken(), 1u);
    EXPECT_EQ(receipt.receipt().dropped(), 1u);
}

TEST_F(GroupsTest, C4_what_an_instance_sends_to_itself_waits_for_its_turn) {
    int runs = 0;
    auto handle_all = async.handler;
    async.handler = [&](Call& call) {
        if (call.text() == "fails" && ++runs == 1) return call.retry("once"), true;
        return handle_all(call);
    };
    adapter.submit(members[0], {"send:to all", "fails"});
    adapter.run();
    EXPECT_EQ(runs, 1);
    EXPECT_EQ(heard.size(), 2u);
    advance_us(700'000);
    EXPECT_EQ(runs, 2);
    EXPECT_EQ(heard.size(), 3u);
}

TEST_F(GroupsTest, C4_a_name_is_not_empty_and_not_too_long) {
    std::vector<std::int32_t> answers;
    async.handler = [&](Call& call) {
        if (call.text() == "names") {
            answers.push_back(call.command(MILLRACE_JOIN, ""));
            answers.push_back(call.command(MILLRACE_JOIN, std::string(MILLRACE_ADDRESS_MAX, 'x')));
            answers.push_back(call.command(MILLRACE_JOIN, std::string(MILLRACE_ADDRESS_MAX + 1, 'x')));
        }
        return ack_all(call);
    };
    adapter.submit(members[0], {"names"});
    EXPECT_EQ(answers, (std::vector<std::int32_t>{MILLRACE_NOT_ALLOWED, MILLRACE_TAKEN, MILLRACE_NOT_ALLOWED}));
}

TEST_F(PipelineTest, C1_try_reply_hands_the_answer_over_and_marks_nothing) {
    std::vector<std::int32_t> answers;
    async.handler = [&](Call& call) {
        if (call.event.kind == MILLRACE_MESSAGE) {
            answers.push_back(call.command(MILLRACE_REPLY, {}, "12345678", MILLRACE_TRY));
            answers.push_back(call.command(MILLRACE_REPLY, {}, "12345678", MILLRACE_TRY));
        }
        return ack_all(call);
    };
    open(scope, "/async", 10);
    adapter.submit(scope, {"1", "2"});
    EXPECT_EQ(answers, (std::vector<std::int32_t>{MILLRACE_TAKEN, MILLRACE_TAKEN, MILLRACE_FULL, MILLRACE_FULL}));
    EXPECT_EQ(report().consumers[0].acked, 3u);
}

}  // namespace
}  // namespace millrace
