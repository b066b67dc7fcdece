#include <list>

#include "millrace/v1/command.pb.h"
#include "tests/unit/gateway/core/channels_fixture.hpp"

// Adapters whose peers are addresses: what is sent to them, what is replied to whom, what the senders hear; gaps that
// an adapter knows of; messages that fail for too long, and messages that go round in circles through the outside.
namespace millrace {
namespace {

Config make_acked_config() {
    Config config = make_channel_config();
    config.adapters[0].has_addresses = true;
    for (RouteConfig& route : config.routes) {
        route.delivery = DeliveryClass::acked;
        route.retry = {100, 400, 1, 400, 0};
    }
    return config;
}

class AddressesTest : public ChannelsTest {
  protected:
    AddressesTest() : ChannelsTest(make_acked_config()) {
        async.handler = [&](Call& call) {
            if (call.event.kind == MILLRACE_MESSAGE) note(std::to_string(obey(call, MILLRACE_REPORTED)));
            if (call.event.kind == MILLRACE_RECEIPT) {
                const auto message = parsed(call);
                note("receipt " + std::to_string(message.correlation()) + " " +
                     std::to_string(message.receipt().outcome()) + " " + std::to_string(message.receipt().code()) +
                     " " + message.receipt().text());
            }
            if (call.event.kind == MILLRACE_GAP) note("gap " + std::to_string(parsed(call).gap().lost()));
            return ack_all(call);
        };
    }

    static std::string reply_to(std::string_view address) {
        v1::ChannelMessage message;
        message.set_reply_to(std::string(address));
        return message.SerializeAsString();
    }

    FakeAdapter::Scope addresses{.key = ""};
};

TEST_F(AddressesTest, WhatIsNoScopeGoesToTheScopeOfAllAddresses) {
    ASSERT_EQ(adapter.open_with(addresses, "", MILLRACE_ADDRESSES), MILLRACE_OPENED);
    open(scope, "/async");
    adapter.submit(scope, {"send:test:a/b hello", "send:test:scope-1 you"});
    run_until([&] { return addresses.replies.size() == 2; });
    EXPECT_EQ(addresses.replies, (Strings{"hello", "you"}));
    EXPECT_EQ(addresses.addresses, (Strings{"a/b 1", "scope-1 1"}));
    EXPECT_TRUE(scope.replies.empty());
    EXPECT_EQ(noted(), (Strings{"0", "0"}));
    adapter.close(addresses);
    adapter.run();
    adapter.submit(scope, {"send:test:a/b gone"});
    run_until([&] { return noted().size() == 3; });
    EXPECT_EQ(noted().back(), std::to_string(MILLRACE_UNKNOWN));
}

TEST_F(AddressesTest, AreTheFormerOnesAgainWhereLaterOnesCameToNothing) {
    ASSERT_EQ(adapter.open_with(addresses, "", MILLRACE_ADDRESSES), MILLRACE_OPENED);
    const PortPtr before = pipeline.ports.addresses("test");
    const PortPtr later = pipeline.ports.add_peer({.home = &dispatcher(), .address = "test:"}, {0, 1000});
    ASSERT_EQ(pipeline.ports.addresses("test"), later);
    dispatcher().list_addresses();
    EXPECT_EQ(pipeline.ports.addresses("test"), before);
}

TEST_F(AddressesTest, C5_whoever_asks_hears_what_became_of_it) {
    ASSERT_EQ(adapter.open_with(addresses, "", MILLRACE_ADDRESSES), MILLRACE_OPENED);
    open(scope, "/async");
    adapter.submit(scope, {"send:test:a 1", "send:test:b 2"});
    run_until([&] { return addresses.receipts.size() == 2; });
    adapter.outcome(addresses.receipts[1], MILLRACE_REJECTED, 0x87, "not authorized");
    adapter.outcome(addresses.receipts[0], MILLRACE_SENT, 0, "");
    adapter.outcome(addresses.receipts[0], MILLRACE_LOST, 0, "a second time");
    run_until([&] { return noted().size() == 4; });
    EXPECT_EQ(noted(), (Strings{"0", "0", "receipt 7 2 135 not authorized", "receipt 7 1 0 "}));
    EXPECT_EQ(host.refused_calls(), 1u);
}

TEST_F(AddressesTest, C5_more_may_be_said_until_it_is_final) {
    ASSERT_EQ(adapter.open_with(addresses, "", MILLRACE_ADDRESSES), MILLRACE_OPENED);
    open(scope, "/async");
    adapter.submit(scope, {"send:test:a 1"});
    run_until([&] { return addresses.receipts.size() == 1; });
    const std::uint64_t receipt = addresses.receipts[0];
    v1::ChannelMessage body;
    body.mutable_email()->set_subject("s");
    const std::string fields = body.SerializeAsString();
    adapter.report({sizeof(millrace_report), MILLRACE_SENT, receipt, 0, 0, to_bytes("taken"), to_bytes(fields), {}, 0});
    adapter.report({sizeof(millrace_report), MILLRACE_UNSURE, receipt, 5, 0, to_bytes("lost sight of"), {}, {}, 0});
    adapter.report({sizeof(millrace_report), 0, receipt, 0, 1, {}, {}, {}, 0});
    adapter.report({sizeof(millrace_report), MILLRACE_SENT, receipt, 0, 1, to_bytes("too late"), {}, {}, 0});
    run_until([&] { return noted().size() == 3; });
    EXPECT_EQ(noted(), (Strings{"0", "receipt 7 1 0 taken", "receipt 7 4 5 lost sight of"}));
    EXPECT_EQ(host.refused_calls(), 1u);
}

TEST_F(AddressesTest, C5_whoever_has_asked_is_found_in_the_next_scope_of_that_key) {
    ASSERT_EQ(adapter.open_with(addresses, "", MILLRACE_ADDRESSES), MILLRACE_OPENED);
    open(scope, "/async");
    adapter.submit(scope, {"send:test:a 1"});
    run_until([&] { return addresses.receipts.size() == 1; });
    const auto [asker, key] = addresses.askers.at(0);
    EXPECT_EQ(asker, "7 async@test:scope-1");
    EXPECT_EQ(key, "scope-1");
    adapter.outcome(addresses.receipts[0], MILLRACE_SENT, 0, "");
    adapter.run();
    adapter.close(scope);
    adapter.run();
    adapter.tell(asker, 0, MILLRACE_REJECTED, "it is closed");
    adapter.tell(asker, scope.id, MILLRACE_REJECTED, "it is gone");
    EXPECT_EQ(report().orphans, 2u);
    FakeAdapter::Scope next, other{.key = "scope-2"};
    open(next, "/async");
    open(other, "/async");
    adapter.tell(asker, next.id, MILLRACE_REJECTED, "late");
    adapter.run();
    EXPECT_EQ(noted(), (Strings{"0", "receipt 7 1 0 ", "receipt 7 2 0 late"}));
    adapter.tell("7 sync@test:scope-1", next.id, MILLRACE_SENT, "of a consumer that the scope has not");
    EXPECT_EQ(report().orphans, 3u);
    EXPECT_EQ(host.refused_calls(), 0u);
    adapter.tell(asker, other.id, MILLRACE_SENT, "a scope of another key");
    for (const char* words : {"7", "7 ", "async@test:scope-1", "x async@test:scope-1", "7 async", "7 @test:scope-1"})
        adapter.tell(words, next.id, MILLRACE_SENT, "no words of the gateway");
    adapter.tell(asker, next.id, 0, "no outcome");
    EXPECT_EQ(host.refused_calls(), 8u);
    EXPECT_EQ(noted().size(), 3u);
}

TEST_F(AddressesTest, C5_a_channel_that_has_asked_is_opened_again) {
    sync.handler = [&](Call& call) {
        if (call.event.kind == MILLRACE_RECEIPT) note("receipt " + std::to_string(parsed(call).correlation()));
        return ack_all(call);
    };
    adapter.tell("23 sync:alice", 0, MILLRACE_SENT, "");
    run_until([&] { return !noted().empty(); });
    EXPECT_EQ(noted(), (Strings{"receipt 23"}));
    adapter.tell("23 nobody:alice", 0, MILLRACE_SENT, "");
    EXPECT_EQ(report().orphans, 1u);
}

TEST_F(AddressesTest, D13_what_got_a_yes_and_nobody_has_is_a_dead_letter) {
    const auto letter = [](std::string_view key, std::string_view reason) {
        return millrace_letter{sizeof(millrace_letter), MILLRACE_TEXT, to_bytes(key),
                               to_bytes("payload"),     to_bytes(""),  to_bytes(reason),
                               to_bytes("why not")};
    };
    adapter.bury(letter("a/b", "unreadable"));
    ASSERT_EQ(pipeline.dead_letters.count().kept, 1u);
    const DeadLetter kept = pipeline.dead_letters.letters().front();
    EXPECT_EQ(kept.text, "why not");
    v1::ChannelMessage message;
    ASSERT_TRUE(message.ParseFromString(kept.message));
    EXPECT_EQ(message.adapter() + " " + message.scope() + " " + message.text(), "test a/b payload");
    for (const auto& [key, reason] :
         {std::pair("", "x"), std::pair("x", ""), std::pair("x\n", "x"), std::pair("x", "\1")})
        adapter.bury(letter(key, reason));
    EXPECT_EQ(pipeline.dead_letters.count().kept, 1u);
    EXPECT_EQ(host.refused_calls(), 4u);
}

TEST_F(AddressesTest, A_reply_goes_where_its_message_says_or_nowhere) {
    std::vector<std::int32_t> answers;
    async.handler = [&](Call& call) {
        if (call.event.kind == MILLRACE_MESSAGE) answers.push_back(call.reply("to " + call.text()));
        return ack_all(call);
    };
    ASSERT_EQ(adapter.open_with(scope, "/async", MILLRACE_REPLY_TO), MILLRACE_OPENED);
    adapter.submit(scope, "one", {.hops = 2, .fields = reply_to("answers/1")});
    adapter.submit(scope, "two", {});
    adapter.submit(scope, "three", {.fields = reply_to(std::string_view("a\0b", 3))});
    run_until([&] { return answers.size() == 3; });
    EXPECT_EQ(answers, (std::vector<std::int32_t>{MILLRACE_TAKEN, MILLRACE_UNKNOWN, MILLRACE_TAKEN}));
    EXPECT_EQ(scope.replies, (Strings{"to one", "to three"}));
    EXPECT_EQ(scope.addresses, (Strings{"answers/1 3", std::string("a\0b 1", 5)}));
    EXPECT_EQ(scope.settlements.size(), 3u);
    for (const auto& [cookie, verdict] : scope.settlements) EXPECT_EQ(verdict, MILLRACE_ACK);
}

Config make_mail_config() {
    Config config = make_acked_config();
    config.adapters[0].is_transactional = true;
    for (RouteConfig& route : config.routes) route.delivery = DeliveryClass::live;
    return config;
}

// Scopes that are one message each: they may be gone before their consumer replies.
class TransactionsTest : public ChannelsTest {
  protected:
    TransactionsTest() : ChannelsTest(make_mail_config()) {
        async.handler = sync.handler = [this](Call& call) {
            if (call.event.kind == MILLRACE_MESSAGE) note(std::to_string(call.reply("to " + call.text())));
            return ack_all(call);
        };
        v1::ChannelMessage message;
        message.set_reply_to("ada");
        fields = message.SerializeAsString();
    }

    FakeAdapter::Scope addresses{.key = ""};
    std::list<FakeAdapter::Scope> mails;
    std::string fields;
};

TEST_F(TransactionsTest, AReplyLeavesByTheAddressesAlsoWhereItsScopeIsGone) {
    ASSERT_EQ(adapter.open_with(addresses, "", MILLRACE_ADDRESSES), MILLRACE_OPENED);
    for (const char* path : {"/async", "/sync"}) {
        FakeAdapter::Scope mail{.key = path};
        ASSERT_EQ(adapter.open_with(mail, path, MILLRACE_REPLY_TO), MILLRACE_OPENED);
        run_until([&] { return mail.settled != 0; });
        adapter.submit(mail, "mail", {.hops = 2, .fields = fields});
        adapter.close(mail);
        run_until([&] { return addresses.replies.size() == 1; });
        EXPECT_EQ(addresses.replies, Strings{"to mail"});
        EXPECT_EQ(addresses.addresses, Strings{"ada 3"});
        EXPECT_TRUE(mail.replies.empty());
        addresses.replies.clear(), addresses.addresses.clear();
    }
}

TEST_F(TransactionsTest, AReplyIsUnknownWhereThereAreNoAddresses) {
    ASSERT_EQ(adapter.open_with(scope, "/async", MILLRACE_REPLY_TO), MILLRACE_OPENED);
    adapter.submit(scope, "mail", {.fields = fields});
    run_until([&] { return noted().size() == 1; });
    EXPECT_EQ(noted(), Strings{std::to_string(MILLRACE_UNKNOWN)});
}

TEST_F(TransactionsTest, C1_a_reply_waits_for_room_at_the_addresses) {
    ASSERT_EQ(adapter.open_with(addresses, "", MILLRACE_ADDRESSES), MILLRACE_OPENED);
    async.handler = [this](Call& call) {
        if (call.event.kind == MILLRACE_MESSAGE) note(std::to_string(call.reply(std::string(700'000, 'x'))));
        return ack_all(call);
    };
    for (const char* key : {"a", "b"}) {
        FakeAdapter::Scope& mail = mails.emplace_back(FakeAdapter::Scope{.key = key});
        ASSERT_EQ(adapter.open_with(mail, "/async", MILLRACE_REPLY_TO), MILLRACE_OPENED);
        adapter.submit(mail, "mail", {.fields = fields});
    }
    run_until([&] { return noted().size() == 2; });
    EXPECT_EQ(noted(), (Strings{std::to_string(MILLRACE_TAKEN), std::to_string(MILLRACE_FULL)}));
    run_until([&] { return addresses.replies.size() == 1; });
    adapter.written(addresses);
    run_until([&] { return addresses.replies.size() == 2; });
}

TEST_F(AddressesTest, A_refusal_is_not_a_consumers_to_tell) {
    v1::Command command;
    command.mutable_refusal()->set_code(550);
    const std::string body = command.SerializeAsString();
    ASSERT_EQ(adapter.open_with(addresses, "", MILLRACE_ADDRESSES), MILLRACE_OPENED);
    async.handler = [&](Call& call) {
        if (call.event.kind != MILLRACE_MESSAGE) return ack_all(call);
        millrace_command sent{};
        sent.struct_size = sizeof sent;
        sent.verb = MILLRACE_SEND;
        sent.payload_kind = MILLRACE_TEXT;
        sent.address = to_bytes(std::string_view("test:a"));
        sent.body = to_bytes(body);
        note(std::to_string(call.record(sent)));
        return ack_all(call);
    };
    open(scope, "/async");
    adapter.submit(scope, {"refuse"});
    run_until([&] { return noted().size() == 1; });
    EXPECT_EQ(noted(), Strings{std::to_string(MILLRACE_NOT_ALLOWED)});
    EXPECT_TRUE(addresses.replies.empty());
}

TEST_F(AddressesTest, C4_a_groups_reply_has_nowhere_to_go_where_replies_go_to_addresses) {
    async.handler = [&](Call& call) {
        if (call.event.kind == MILLRACE_MESSAGE) {
            EXPECT_EQ(call.command(MILLRACE_JOIN, "all", {}), MILLRACE_TAKEN);
            EXPECT_EQ(call.command(MILLRACE_GROUP_REPLY, "all", "to all"), MILLRACE_TAKEN);
        }
        return ack_all(call);
    };
    FakeAdapter::Scope topic{.key = "topic"};
    ASSERT_EQ(adapter.open_with(topic, "/async", MILLRACE_REPLY_TO), MILLRACE_OPENED);
    open(scope, "/async");
    adapter.submit(topic, {"join"});
    adapter.submit(scope, {"join"});
    run_until([&] { return !scope.replies.empty(); });
    EXPECT_EQ(scope.replies, Strings{"to all"});
    EXPECT_TRUE(topic.replies.empty());
}

TEST_F(AddressesTest, A5_a_gap_that_the_adapter_knows_of_is_told_once) {
    open(scope, "/async");
    adapter.host()->gap(adapter.host()->self, scope.id);
    adapter.host()->gap(adapter.host()->self, scope.id);
    run_until([&] { return noted().size() == 1; });
    EXPECT_EQ(noted(), Strings{"gap 0"});
}

TEST_F(AddressesTest, WhatKeepsAnAdapterFromItsWorkIsKept) {
    const auto say = [this](std::string_view why) { adapter.host()->degraded(adapter.host()->self, to_bytes(why)); };
    EXPECT_EQ(host.degraded(), "");
    say("no broker");
    EXPECT_EQ(host.degraded(), "no broker");
    say(std::string(10'000, 'x'));
    EXPECT_EQ(host.degraded(), std::string(500, 'x'));
    say("a\nb");
    EXPECT_EQ(host.degraded(), "it says why in words that are not UTF-8 without control characters");
    say("");
    EXPECT_EQ(host.degraded(), "");
}

TEST_F(AddressesTest, D10_what_fails_for_too_long_is_a_dead_letter) {
    async.handler = [&](Call& call) {
        if (call.event.kind != MILLRACE_MESSAGE) return ack_all(call);
        note("attempt " + std::to_string(call.event.attempt));
        call.retry("not yet");
        return true;
    };
    ASSERT_EQ(adapter.open_with(scope, "/async", 0, 1000), MILLRACE_OPENED);
    adapter.submit(scope, "x", {});
    for (int i = 0; i < 20; ++i) advance_us(100'000);
    EXPECT_EQ(noted(), (Strings{"attempt 1", "attempt 2", "attempt 3", "attempt 4"}));
    ASSERT_EQ(scope.settlements.size(), 1u);
    EXPECT_EQ(scope.settlements[0].second, MILLRACE_REJECT);
    EXPECT_EQ(pipeline.dead_letters.count().kept, 1u);
    EXPECT_EQ(dispatcher().report().settle_deadlines, 1u);
    EXPECT_EQ(dispatcher().report().last_settle_deadline, "test:" + scope.key);
}

TEST_F(AddressesTest, D10_what_waits_for_room_for_too_long_is_a_dead_letter) {
    ASSERT_EQ(adapter.open_with(addresses, "", MILLRACE_ADDRESSES), MILLRACE_OPENED);
    ASSERT_EQ(adapter.open_with(scope, "/async", 0, 1000), MILLRACE_OPENED);
    adapter.submit(scope, {"send:test:a " + std::string(1 << 20, 'x'), "send:test:a more", "send:test:a more"});
    advance_us(999'999);
    EXPECT_EQ(scope.settlements.size(), 1u);
    advance_us(1);
    run_until([&] { return scope.settlements.size() == 2; });
    EXPECT_EQ(scope.settlements[0].second, MILLRACE_ACK);
    EXPECT_EQ(scope.settlements[1].second, MILLRACE_REJECT);
    EXPECT_EQ(dispatcher().report().settle_deadlines, 1u);
    adapter.written(addresses);
    run_until([&] { return scope.settlements.size() == 3; });
    EXPECT_EQ(addresses.replies.size(), 2u);
}

TEST_F(AddressesTest, C6_what_has_come_through_too_many_is_a_dead_letter) {
    open(scope, "/async");
    adapter.submit(scope, "sixteen", {.hops = 16});
    adapter.submit(scope, "seventeen", {.hops = 17});
    run_until([&] { return scope.settlements.size() == 2; });
    EXPECT_EQ(noted(), Strings{"0"});
    EXPECT_EQ(scope.settlements[0].second, MILLRACE_ACK);
    EXPECT_EQ(scope.settlements[1].second, MILLRACE_REJECT);
    EXPECT_EQ(pipeline.dead_letters.count().kept, 1u);
}

}  // namespace
}  // namespace millrace
