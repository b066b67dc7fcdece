#include "tests/unit/gateway/core/channels_fixture.hpp"

// What consumers send to each other: channels, answers, and what becomes of it where there is no room.
namespace millrace {
namespace {

TEST_F(ChannelsTest, C3_what_is_sent_opens_a_channel_and_its_answer_comes_back_with_the_correlation) {
    async.handler = [&](Call& call) {
        if (call.event.kind == MILLRACE_MESSAGE) {
            const auto message = parsed(call);
            note(message.sender() + " " + std::to_string(message.correlation()) + " " + call.text());
            obey(call);
        }
        return ack_all(call);
    };
    sync.handler = [&](Call& call) {
        const auto message = parsed(call);
        note("sync:" + message.scope() + " " + std::to_string(call.event.kind) + " " + std::to_string(call.event.seq) +
             " of " + message.sender() + " by " + message.adapter() + "/" + message.protocol());
        if (call.event.kind == MILLRACE_MESSAGE) call.command(MILLRACE_ANSWER, {}, "here I am");
        return ack_all(call);
    };
    open(scope, "/async");
    adapter.submit(scope, {"send:sync:alice hello"});
    expect_notes({" 0 send:sync:alice hello", "sync:alice 1 0 of  by sync/channel",
                  "sync:alice 2 1 of async@test:scope-1 by sync/channel", "sync:alice 7 here I am"});
}

TEST_F(ChannelsTest, C3_a_reply_of_a_channel_goes_to_the_sender) {
    async.handler = [&](Call& call) {
        if (call.event.kind == MILLRACE_MESSAGE) note(call.text()), obey(call);
        return ack_all(call);
    };
    sync.handler = [&](Call& call) {
        if (call.event.kind == MILLRACE_MESSAGE) call.reply("reply");
        return ack_all(call);
    };
    open(scope, "/async");
    adapter.submit(scope, {"send:sync:alice hello"});
    expect_notes({"send:sync:alice hello", "reply"});
    EXPECT_TRUE(scope.replies.empty());
}

TEST_F(ChannelsTest, C1_known_at_once_what_becomes_of_what_is_sent) {
    std::map<std::string, std::int32_t> answers;
    async.handler = [&](Call& call) {
        if (call.event.kind == MILLRACE_MESSAGE && call.text() != "1") answers[call.text()] = obey(call);
        return ack_all(call);
    };
    config.consumers[0].may_send = {"sync:*"};
    open(scope, "/async");
    const std::string large(2000, 'x');
    adapter.submit(scope, {"send:sync:alice 1", "send:nobody:x 1", "send:sync: 1", "send:sync 1", "send:test:scope-9 1",
                           "answer:1", "send:async:own 1", "send:sync:bob " + large});
    EXPECT_EQ(answers["send:sync:alice 1"], MILLRACE_TAKEN);
    EXPECT_EQ(answers["send:nobody:x 1"], MILLRACE_UNKNOWN);
    EXPECT_EQ(answers["send:sync: 1"], MILLRACE_UNKNOWN);
    EXPECT_EQ(answers["send:sync 1"], MILLRACE_UNKNOWN);
    EXPECT_EQ(answers["send:test:scope-9 1"], MILLRACE_UNKNOWN);
    EXPECT_EQ(answers["answer:1"], MILLRACE_UNKNOWN);
    EXPECT_EQ(answers["send:async:own 1"], MILLRACE_TAKEN);
    EXPECT_EQ(answers["send:sync:bob " + large], MILLRACE_TAKEN) << "an empty mailbox takes more than its limit";
}

TEST_F(ChannelsTest, C1_what_is_sent_to_a_peer_reaches_it_and_counts_against_its_room) {
    std::map<std::string, std::int32_t> answers;
    sync.handler = [&](Call& call) {
        if (call.event.kind == MILLRACE_MESSAGE) note(std::to_string(obey(call, MILLRACE_TRY)));
        return ack_all(call);
    };
    async.handler = [&](Call& call) {
        if (call.event.kind == MILLRACE_MESSAGE) obey(call);
        return ack_all(call);
    };
    open(scope, "/async", 10);
    adapter.submit(scope, {"send:sync:a send:test:scope-1 12345678"});
    expect_notes({"0"});
    run_until([&] { return scope.replies == Strings{"12345678"}; });
    adapter.submit(scope, {"send:sync:a send:test:scope-1 abc"});
    expect_notes({"0", "1"});
    adapter.written(scope);
    adapter.submit(scope, {"send:sync:a send:test:scope-1 abc"});
    expect_notes({"0", "1", "0"});
}

TEST_F(ChannelsTest, C1_a_send_without_room_waits_for_it_and_costs_no_attempt) {
    std::promise<void> gate;
    std::shared_future<void> opened(gate.get_future());
    sync.handler = [&, opened](Call& call) {
        if (call.event.kind == MILLRACE_MESSAGE) {
            opened.wait();
            note(call.text());
        }
        return ack_all(call);
    };
    std::atomic<int> refused{0};
    std::atomic<std::uint32_t> last_attempt{0};
    async.handler = [&, opened](Call& call) {
        last_attempt = call.event.attempt;
        if (call.event.kind == MILLRACE_MESSAGE && obey(call) == MILLRACE_FULL) ++refused;
        return ack_all(call);
    };
    open(scope, "/async");
    Strings texts, expected;
    for (int i = 0; i < 12; ++i) {
        texts.push_back("send:sync:alice " + std::to_string(i));
        expected.push_back(std::to_string(i));
    }
    for (std::size_t taken = 0; taken < 8;) {
        taken += adapter.submit(scope, Strings(texts.begin() + static_cast<int>(taken), texts.begin() + 8));
        adapter.run();
    }
    adapter.submit(scope, Strings(texts.begin() + 8, texts.end()));
    adapter.run();
    EXPECT_EQ(refused, 1);
    EXPECT_EQ(pipeline.waits.size(), 1u);
    gate.set_value();
    expect_notes(expected);
    EXPECT_EQ(last_attempt, 1u);
    EXPECT_EQ(report().consumers[0].dead, 0u);
}

TEST_F(ChannelsTest, C1_two_full_mailboxes_do_not_stall) {
    std::promise<void> gate;
    std::shared_future<void> opened(gate.get_future());
    std::atomic<int> handled{0};
    constexpr int kBounces = 5;
    sync.handler = [&, opened](Call& call) {
        if (call.event.kind == MILLRACE_MESSAGE) {
            opened.wait();
            const auto message = parsed(call);
            const int left = std::stoi(call.text());
            const std::string other = message.scope() == "ping" ? "sync:pong" : "sync:ping";
            if (left == 0 || call.command(MILLRACE_SEND, other, std::to_string(left - 1)) == MILLRACE_TAKEN) ++handled;
        }
        return ack_all(call);
    };
    async.handler = [&, opened](Call& call) {
        if (call.event.kind != MILLRACE_MESSAGE) return ack_all(call);
        EXPECT_EQ(obey(call), MILLRACE_TAKEN);
        return ack_all(call);
    };
    open(scope, "/async");
    for (int i = 0; i < 8; ++i) {
        for (const char* to : {"sync:ping", "sync:pong"}) {
            adapter.submit(scope, {std::string("send:") + to + " " + std::to_string(kBounces)});
        }
    }
    gate.set_value();
    run_until([&] { return handled == 2 * 8 * (kBounces + 1); });
    const auto report = channel_report();
    EXPECT_EQ(report.consumers[1].dead, 0u);
}

TEST_F(ChannelsTest, C1_one_that_fills_its_own_mailbox_does_not_stall) {
    std::atomic<int> ended{0};
    sync.handler = [&](Call& call) {
        if (call.event.kind == MILLRACE_MESSAGE) {
            const int left = std::stoi(call.text());
            for (int i = 0; left > 0 && i < 2; ++i) call.command(MILLRACE_SEND, "sync:me", std::to_string(left - 1));
            if (left == 0) ++ended;
        }
        return ack_all(call);
    };
    async.handler = [&](Call& call) {
        if (call.event.kind == MILLRACE_MESSAGE) obey(call);
        return ack_all(call);
    };
    open(scope, "/async");
    adapter.submit(scope, {"send:sync:me 3"});
    run_until([&] { return ended == 8; });
}

TEST_F(ChannelsTest, C6_those_who_greet_each_other_for_ever_end_as_a_dead_letter) {
    async.handler = [&](Call& call) {
        if (call.event.kind == MILLRACE_MESSAGE) obey(call);
        return ack_all(call);
    };
    sync.handler = [&](Call& call) {
        if (call.event.kind == MILLRACE_MESSAGE) {
            note(std::to_string(parsed(call).hops()));
            call.command(MILLRACE_SEND, parsed(call).scope() == "a" ? "sync:b" : "sync:a", "hello");
        }
        return ack_all(call);
    };
    open(scope, "/async");
    adapter.submit(scope, {"send:sync:a hello"});
    run_until([&] { return pipeline.dead_letters.count().kept == 1; });
    EXPECT_EQ(noted().size(), 16u);
    EXPECT_EQ(noted().back(), "16");
    EXPECT_TRUE(pipeline.dead_letters.letters().front().text.starts_with("loop:"));
}

TEST_F(ChannelsTest, A7_the_state_of_a_channel_outlives_its_closing) {
    std::vector<std::uint64_t> epochs;
    sync.handler = [&](Call& call) {
        const auto message = parsed(call);
        note(std::to_string(call.event.kind) + " " + std::to_string(call.event.order) + " " + call.text());
        if (call.event.kind == MILLRACE_CONNECT) {
            const std::lock_guard lock(mutex);
            epochs.push_back(message.scope_epoch());
        }
        if (call.text() == "set") call.set_state("kept");
        return ack_all(call);
    };
    async.handler = [&](Call& call) {
        if (call.event.kind == MILLRACE_MESSAGE) obey(call);
        return ack_all(call);
    };
    open(scope, "/async");
    adapter.submit(scope, {"send:sync:alice set"});
    expect_notes({"1 0 ", "2 1 set"});
    run_until([&] {
        clock.advance_us(1'000'000);
        pipeline.alarm.fire();
        return channel_report().scopes == 0;
    });
    expect_notes({"1 0 ", "2 1 set", "3 2 "});
    EXPECT_EQ(pipeline.ports.size(), 1u) << "that of the connection alone";
    adapter.submit(scope, {"send:sync:alice again"});
    expect_notes({"1 0 ", "2 1 set", "3 2 ", "1 0 ", "2 1 again"});
    EXPECT_EQ(std::ranges::count(sync.log(), "open:kept"), 1);
    EXPECT_LT(epochs[0], epochs[1]);
}

TEST_F(ChannelsTest, A6_what_comes_while_a_channel_closes_opens_the_next_epoch) {
    std::promise<void> gate;
    std::shared_future<void> opened(gate.get_future());
    sync.handler = [&, opened](Call& call) {
        if (call.event.kind == MILLRACE_DISCONNECT) opened.wait();
        note(std::to_string(call.event.kind) + " " + call.text());
        return ack_all(call);
    };
    async.handler = [&, opened](Call& call) {
        if (call.event.kind == MILLRACE_MESSAGE) obey(call);
        return ack_all(call);
    };
    open(scope, "/async");
    adapter.submit(scope, {"send:sync:alice one"});
    expect_notes({"1 ", "2 one"});
    run_until([&] { return channel_report().consumers[1].now.open == 0; });
    while (channel_report().consumers[1].created == 2) {
        clock.advance_us(1'000'000);
        pipeline.alarm.fire();
    }
    adapter.submit(scope, {"send:sync:alice two"});
    EXPECT_EQ(channel_report().consumers[1].created, 3u) << "nothing of the next opening before the last has ended";
    gate.set_value();
    expect_notes({"1 ", "2 one", "3 ", "1 ", "2 two"});
}

TEST_F(ChannelsTest, C1_the_place_of_an_answer_is_kept_free) {
    std::promise<void> gate;
    std::shared_future<void> opened(gate.get_future());
    async.handler = [&](Call& call) {
        if (call.event.kind != MILLRACE_MESSAGE) return ack_all(call);
        if (!call.text().starts_with("ask:")) return note(call.text()), ack_all(call);
        const auto address = "sync:" + call.text().substr(4);
        const auto answer = call.command(MILLRACE_SEND, address, "q", MILLRACE_ASKS | MILLRACE_TRY);
        note("asked " + std::to_string(answer));
        return ack_all(call);
    };
    sync.handler = [&, opened](Call& call) {
        opened.wait();
        if (call.text() == "q") call.command(MILLRACE_ANSWER, {}, "a");
        return ack_all(call);
    };
    open(scope, "/async");
    constexpr int kPlaces = 8 + 1024;
    Strings expected(kPlaces, "asked 0");
    expected.push_back("asked 1");
    for (int i = 0; i <= kPlaces; ++i) adapter.submit(scope, {"ask:" + std::to_string(i)});
    EXPECT_EQ(noted(), expected) << "no more can be asked than can be answered";
    gate.set_value();
    expected.insert(expected.end(), kPlaces, "a");
    expect_notes(expected);
}

TEST_F(ChannelsTest, C1_a_second_answer_finds_room_though_all_places_for_answers_are_taken) {
    std::promise<void> gate;
    std::shared_future<void> opened(gate.get_future());
    async.handler = [&](Call& call) {
        if (call.text().starts_with("ask")) call.command(MILLRACE_SEND, "sync:a", "q", MILLRACE_ASKS);
        if (call.text().starts_with("a")) note(call.text());
        return ack_all(call);
    };
    sync.handler = [&, opened](Call& call) {
        opened.wait();
        if (call.text() != "q") return ack_all(call);
        call.command(MILLRACE_ANSWER, {}, "a1");
        call.command(MILLRACE_ANSWER, {}, "a2");
        return ack_all(call);
    };
    open(scope, "/async");
    for (int i = 0; i < 8; ++i) adapter.submit(scope, {"ask" + std::to_string(i)});
    gate.set_value();
    run_until([&] { return noted().size() == 8 + 16; });
    EXPECT_EQ(report().consumers[0].dead, 0u);
}

TEST_F(ChannelsTest, C4_a_channel_in_a_group_has_no_peer_to_reply_to) {
    sync.handler = [&](Call& call) {
        if (call.text() == "join") call.command(MILLRACE_JOIN, "g");
        if (!call.text().empty()) note(call.text());
        return ack_all(call);
    };
    async.handler = [&](Call& call) {
        if (call.text().starts_with("send")) obey(call);
        if (call.text() == "reply") call.command(MILLRACE_GROUP_REPLY, "g", "to peers");
        if (call.text() == "group") call.command(MILLRACE_GROUP_SEND, "g", "to members");
        return ack_all(call);
    };
    open(scope, "/async");
    adapter.submit(scope, {"send:sync:a join"});
    expect_notes({"join"});
    run_until([&] { return channel_report().consumers[1].now.open == 0; });
    adapter.submit(scope, {"reply", "group"});
    expect_notes({"join", "to members"});
}

TEST_F(ChannelsTest, C1_what_a_disconnect_sends_waits_for_room) {
    std::promise<void> gate;
    std::shared_future<void> opened(gate.get_future());
    sync.handler = [&, opened](Call& call) {
        if (call.event.kind != MILLRACE_MESSAGE) return ack_all(call);
        opened.wait();
        return note(call.text()), ack_all(call);
    };
    async.handler = [&](Call& call) {
        if (call.event.kind == MILLRACE_MESSAGE) obey(call);
        if (call.event.kind == MILLRACE_DISCONNECT) call.command(MILLRACE_SEND, "sync:a", "left");
        return ack_all(call);
    };
    open(scope, "/async");
    for (int i = 0; i < 8; ++i) adapter.submit(scope, {"send:sync:a " + std::to_string(i)});
    adapter.close(scope);
    adapter.run();
    EXPECT_EQ(pipeline.waits.size(), 1u);
    gate.set_value();
    expect_notes({"0", "1", "2", "3", "4", "5", "6", "7", "left"});
    run_until([&] { return report().scopes == 0; });
    EXPECT_EQ(pipeline.dead_letters.count().kept, 0u);
}

TEST_F(ChannelsTest, C6_timers_and_groups_carry_on_how_many_messages_have_led_to_them) {
    sync.handler = [&](Call& call) {
        if (call.event.kind == MILLRACE_CONNECT) call.command(MILLRACE_JOIN, "g");
        if (call.event.kind == MILLRACE_MESSAGE) call.command(MILLRACE_GROUP_SEND, "g", "again");
        return ack_all(call);
    };
    async.handler = [&](Call& call) {
        if (call.text().starts_with("send")) obey(call);
        if (call.text() == "tick") call.after(0, "t");
        if (call.event.kind == MILLRACE_TIMER) note("timer " + std::to_string(parsed(call).hops()));
        return ack_all(call);
    };
    open(scope, "/async");
    adapter.submit(scope, {"send:sync:a start"});
    run_until([&] { return pipeline.dead_letters.count().kept == 1; });
    EXPECT_TRUE(pipeline.dead_letters.letters().front().text.starts_with("loop:"));
    adapter.submit(scope, "tick", {.hops = 5});
    advance_us(1);
    EXPECT_EQ(noted(), Strings{"timer 5"});
}

TEST_F(ChannelsTest, C5_an_answer_to_a_scope_that_is_gone_is_an_orphan) {
    std::promise<void> gate;
    std::shared_future<void> opened(gate.get_future());
    async.handler = [&, opened](Call& call) {
        if (call.event.kind == MILLRACE_MESSAGE) obey(call);
        return ack_all(call);
    };
    sync.handler = [&, opened](Call& call) {
        if (call.event.kind == MILLRACE_MESSAGE) {
            note("asked");
            opened.wait();
            note(std::to_string(call.command(MILLRACE_ANSWER, {}, "late")));
        }
        return ack_all(call);
    };
    open(scope, "/async");
    adapter.submit(scope, {"send:sync:a 1"});
    expect_notes({"asked"});
    adapter.close(scope);
    adapter.run();
    gate.set_value();
    expect_notes({"asked", std::to_string(MILLRACE_UNKNOWN)});
}

}  // namespace
}  // namespace millrace
