#include "tests/unit/gateway/core/channels_fixture.hpp"

// Messages that are routed one by one, routes that lead to channels, and senders that send again.
namespace millrace {
namespace {

using Settlements = std::vector<std::pair<std::uint64_t, std::uint32_t>>;

MatchConfig text(std::string pattern) { return {"text", {std::move(pattern)}, KeyType::text, {}}; }
MatchConfig path(std::string pattern) { return {"path", {std::move(pattern)}, KeyType::path, {}}; }

Config make_routing_config() {
    Config config = make_channel_config();
    config.adapters[0].match_keys = {{"path", KeyType::path, true}, {"topic", KeyType::topic, false}};
    const auto add = [&config](std::string name, MatchConfigs match, std::vector<std::string> to) -> RouteConfig& {
        RouteConfig route;
        route.name = std::move(name);
        route.match = std::move(match);
        route.to = std::move(to);
        route.retry = {2, 10, 1, 10, 0};
        config.routes.push_back(std::move(route));
        return config.routes.back();
    };
    config.routes.clear();
    add("shout", {path("/mixed"), text("loud *")}, {"sync"});
    add("quiet", {path("/mixed")}, {"async"});
    add("rooms", {path("/rooms/{room}")}, {"sync:{room}"});
    add("named", {path("/named"), text("{who}: *")}, {"sync:{who}"});
    add("nothing", {path("/named"), text("drop")}, {}).drop = true;
    add("acked", {path("/acked"), text("{who}: *")}, {"async", "sync:{who}"}).delivery = DeliveryClass::acked;
    add("alone", {path("/alone"), text("{who}: *")}, {"sync:{who}"}).delivery = DeliveryClass::acked;
    add("copy", {path("/both")}, {"async"}).goes_on = true;
    add("rest", {path("/both")}, {"sync"}).delivery = DeliveryClass::acked;
    add("topics", {{"topic", {std::string("a/{level}")}, KeyType::topic, {}}}, {"async"});
    add("two", {path("/two")}, {"async", "sync"}).delivery = DeliveryClass::acked;
    return config;
}

class RoutingTest : public ChannelsTest {
  protected:
    RoutingTest() : ChannelsTest(make_routing_config()) {
        const auto tell = [this](const char* name) {
            return [this, name](Call& call) {
                const auto message = parsed(call);
                const auto kind = call.event.kind;
                note(std::string(name) + " " + (kind == MILLRACE_MESSAGE ? call.text() : std::to_string(kind)) +
                     " by " + message.route());
                return ack_all(call);
            };
        };
        async.handler = tell("async");
        sync.handler = tell("sync");
    }

    Strings noted_of(std::string_view name) {
        Strings notes = noted();
        std::erase_if(notes, [name](const std::string& note) { return !note.starts_with(name); });
        return notes;
    }

    void expect_settled(Settlements expected) {
        run_until([&] { return scope.settlements.size() >= expected.size(); });
        EXPECT_EQ(scope.settlements, expected);
    }
};

TEST_F(RoutingTest, A3_what_is_sure_is_asked_and_who_is_reached_later_is_told) {
    open(scope, "/mixed");
    EXPECT_EQ(noted(), Strings{"async 1 by quiet"});
    adapter.submit(scope, {"soft", "loud one", "loud two"});
    run_until([&] { return noted().size() == 5; });
    EXPECT_EQ(noted_of("async"), (Strings{"async 1 by quiet", "async soft by quiet"}));
    EXPECT_EQ(noted_of("sync"), (Strings{"sync 1 by ", "sync loud one by shout", "sync loud two by shout"}));
    adapter.close(scope);
    run_until([&] { return noted().size() == 7; });
}

TEST_F(RoutingTest, A3_the_answer_to_a_connect_that_asks_nothing_changes_nothing) {
    sync.handler = [this](Call& call) {
        if (call.event.kind == MILLRACE_CONNECT) return call.reject(403, "not you"), true;
        return note(call.text()), ack_all(call);
    };
    open(scope, "/mixed");
    adapter.submit(scope, {"loud one"});
    run_until([&] { return noted().size() == 2; });
    EXPECT_EQ(noted().back(), "loud one");
    EXPECT_EQ(scope.closed_reason, 0u);
    EXPECT_EQ(pipeline.dead_letters.count().kept, 1u);
}

TEST_F(RoutingTest, A3_a_scope_that_is_routed_by_its_messages_alone_is_open_at_once) {
    open(scope, "/elsewhere");
    EXPECT_EQ(scope.settled, MILLRACE_ACK);
    EXPECT_EQ(adapter.submit(scope, "x", {.attributes = {{"topic", "a/b"}}}), MILLRACE_SETTLED);
    EXPECT_EQ(noted(), (Strings{"async 1 by ", "async x by topics"}));
    EXPECT_EQ(adapter.submit(scope, "x", {.attributes = {{"topic", "b"}}}), MILLRACE_NOWHERE);
    EXPECT_EQ(pipeline.dead_letters.count().kept, 1u);
}

TEST_F(RoutingTest, A3_what_varies_comes_with_each_message_also_where_the_route_is_sure) {
    async.handler = sync.handler = [&](Call& call) {
        if (call.event.kind == MILLRACE_MESSAGE) note(parsed(call).attributes().at("topic"));
        return ack_all(call);
    };
    ASSERT_EQ(adapter.open_with(scope, "/both", MILLRACE_VARIES), MILLRACE_OPENED);
    run_until([&] { return scope.settled == MILLRACE_ACK; });
    adapter.submit(scope, "x", {.attributes = {{"topic", "a/b"}}});
    adapter.submit(scope, "y", {.attributes = {{"topic", "b"}}});
    run_until([&] { return noted().size() == 4; });
    Strings topics = noted();
    std::ranges::sort(topics);
    EXPECT_EQ(topics, (Strings{"a/b", "a/b", "b", "b"}));
}

TEST_F(RoutingTest, A3_attributes_and_captures_of_a_message_come_with_it) {
    v1::ChannelMessage seen;
    async.handler = [&](Call& call) {
        if (call.event.kind == MILLRACE_MESSAGE) seen = parsed(call);
        return ack_all(call);
    };
    open(scope, "/elsewhere");
    adapter.submit(scope, "x", {.attributes = {{"topic", "a/b"}, {"header.subject", "s"}}, .hops = 3});
    EXPECT_EQ(seen.attributes().at("topic"), "a/b");
    EXPECT_EQ(seen.attributes().at("level"), "b");
    EXPECT_EQ(seen.attributes().at("path"), "/elsewhere");
    EXPECT_EQ(seen.attributes().count("header.subject"), 0u);
    EXPECT_EQ(seen.hops(), 3u);
}

TEST_F(RoutingTest, A3_a_capture_leads_to_a_channel_and_a_reply_from_there_to_the_source) {
    v1::ChannelMessage seen;
    sync.handler = [&](Call& call) {
        if (call.event.kind == MILLRACE_MESSAGE) {
            seen = parsed(call);
            call.reply("for " + seen.scope());
            note("seen");
        }
        return ack_all(call);
    };
    open(scope, "/named");
    adapter.submit(scope, {"alice: hello"});
    run_until([&] { return scope.replies == Strings{"for alice"}; });
    EXPECT_EQ(seen.adapter(), "sync");
    EXPECT_EQ(seen.scope(), "alice");
    EXPECT_EQ(seen.sender(), "test:scope-1");
    EXPECT_EQ(seen.route(), "named");
    EXPECT_EQ(seen.attributes().at("who"), "alice");
    EXPECT_EQ(seen.attributes().at("path"), "/named");
    EXPECT_EQ(sync.log().front(), "open");
}

TEST_F(RoutingTest, D11_what_no_route_takes_is_a_dead_letter_and_what_one_drops_is_not) {
    open(scope, "/named");
    EXPECT_EQ(adapter.submit(scope, "drop", {}), MILLRACE_NOWHERE);
    EXPECT_EQ(pipeline.dead_letters.count().kept, 0u);
    EXPECT_EQ(adapter.submit(scope, "unheard of", {}), MILLRACE_NOWHERE);
    ASSERT_EQ(pipeline.dead_letters.count().kept, 1u);
    EXPECT_EQ(pipeline.dead_letters.letters().front().text, "no route takes it");
    EXPECT_EQ(report().unmatched_messages, 2u);
    EXPECT_EQ(adapter.submit(scope, std::string(300, 'x') + ": hello", {}), MILLRACE_NOWHERE);
    EXPECT_EQ(pipeline.dead_letters.count().kept, 2u) << "no channel has so long a name";
    EXPECT_EQ(adapter.submit(scope, "two\nlines: hello", {}), MILLRACE_NOWHERE);
    EXPECT_EQ(pipeline.dead_letters.count().kept, 3u) << "no channel has such a name";
}

TEST_F(RoutingTest, E3_attributes_of_a_message_that_are_no_plain_text_make_it_a_dead_letter) {
    open(scope, "/mixed");
    using Pairs = std::vector<std::pair<std::string, std::string>>;
    const Pairs bad[] = {{{"topic", "a/\xff"}}, {{"topic", "a\n"}}, {{"to\x7fpic", "a"}}, {{"header.x", "\xc2\x80"}}};
    for (const Pairs& attributes : bad) {
        EXPECT_EQ(adapter.submit(scope, "hello", {.attributes = attributes}), MILLRACE_NOWHERE);
    }
    EXPECT_EQ(host.refused_calls(), 4u);
    ASSERT_EQ(pipeline.dead_letters.count().kept, 4u);
    EXPECT_EQ(pipeline.dead_letters.letters().front().text, "its attributes are not UTF-8 without control characters");
    EXPECT_EQ(noted_of("async hello"), Strings{});
    EXPECT_EQ(adapter.submit(scope, "hello", {.attributes = {{"topic", "a/\u00fc"}}}), MILLRACE_SETTLED);
    EXPECT_EQ(host.refused_calls(), 4u);
}

TEST_F(RoutingTest, AReplyFromAChannelGoesWhereItsMessageSaysOrNowhere) {
    sync.handler = [this](Call& call) {
        if (call.event.kind == MILLRACE_MESSAGE) note(std::to_string(call.reply("to " + call.text())));
        return ack_all(call);
    };
    ASSERT_EQ(adapter.open_with(scope, "/rooms/a", MILLRACE_REPLY_TO), MILLRACE_OPENED);
    v1::ChannelMessage message;
    message.set_reply_to("answers/1");
    adapter.submit(scope, "one", {.fields = message.SerializeAsString()});
    adapter.submit(scope, "two", {});
    expect_notes({std::to_string(MILLRACE_TAKEN), std::to_string(MILLRACE_UNKNOWN)});
    run_until([&] { return !scope.replies.empty(); });
    EXPECT_EQ(scope.replies, Strings{"to one"});
    EXPECT_EQ(scope.addresses, Strings{"answers/1 2"});
}

TEST_F(RoutingTest, A3_a_gap_of_the_source_comes_to_its_channel_where_that_is_open) {
    open(scope, "/rooms/a");
    adapter.host()->gap(adapter.host()->self, scope.id);
    adapter.submit(scope, {"hello"});
    run_until([&] { return noted().size() == 2; });
    adapter.host()->gap(adapter.host()->self, scope.id);
    expect_notes({"sync 1 by ", "sync hello by rooms", "sync " + std::to_string(MILLRACE_GAP) + " by "});
}

TEST_F(RoutingTest, A3_a_path_leads_to_a_channel_and_one_that_is_too_long_to_no_route) {
    open(scope, "/rooms/tea");
    adapter.submit(scope, {"hello"});
    expect_notes({"sync 1 by ", "sync hello by rooms"});
    FakeAdapter::Scope other;
    EXPECT_EQ(adapter.open(other, "/rooms/" + std::string(300, 'x')), MILLRACE_UNMATCHED);
    EXPECT_EQ(report().unmatched, 1u);
    EXPECT_EQ(report().scopes, 1u);
    adapter.close(scope);
    EXPECT_EQ(report().scopes, 0u) << "one that no consumer has an instance of is gone at once";
}

TEST_F(RoutingTest, A3_settlement_stays_with_the_source) {
    sync.handler = [](Call& call) {
        if (call.text() == "bob: no") return call.reject(5, "no"), true;
        if (call.text() == "bob: never") return call.retry("not now"), true;
        return ack_all(call);
    };
    open(scope, "/acked");
    EXPECT_EQ(adapter.submit(scope, "alice: yes", {}), MILLRACE_PENDING);
    expect_settled({{1, MILLRACE_ACK}});
    EXPECT_EQ(adapter.submit(scope, "bob: no", {}), MILLRACE_PENDING);
    expect_settled({{1, MILLRACE_ACK}, {2, MILLRACE_REJECT}});
    EXPECT_EQ(adapter.submit(scope, "bob: never", {}), MILLRACE_PENDING);
    run_until([&] {
        advance_us(20'000);
        return scope.settlements.size() == 3;
    });
    EXPECT_EQ(scope.settlements.back(), (std::pair<std::uint64_t, std::uint32_t>{3, MILLRACE_REJECT}));
}

TEST_F(RoutingTest, D7_what_a_consumer_can_never_get_is_rejected) {
    const std::string nowhere = std::string(300, 'x') + ": hello";
    open(scope, "/acked");
    EXPECT_EQ(adapter.submit(scope, nowhere, {}), MILLRACE_PENDING);
    expect_settled({{1, MILLRACE_REJECT}});
    EXPECT_EQ(noted_of("async").size(), 2u);
    FakeAdapter::Scope alone;
    alone.key = "alone";
    open(alone, "/alone");
    EXPECT_EQ(adapter.submit(alone, nowhere, {}), MILLRACE_PENDING);
    EXPECT_EQ(alone.settlements, (Settlements{{2, MILLRACE_REJECT}}));
    EXPECT_EQ(pipeline.dead_letters.count().kept, 2u);
}

TEST_F(RoutingTest, D12_a_full_channel_pauses_its_source_until_it_has_room) {
    std::promise<void> gate;
    std::shared_future<void> opened(gate.get_future());
    sync.handler = [&, opened](Call& call) {
        if (call.event.kind == MILLRACE_MESSAGE) opened.wait(), note(call.text());
        return ack_all(call);
    };
    open(scope, "/named");
    Strings texts;
    for (int i = 0; i < 12; ++i) texts.push_back("a: " + std::to_string(i));
    auto taken = adapter.submit(scope, texts);
    EXPECT_EQ(taken, 8u);
    EXPECT_EQ(scope.resumes, 0);
    gate.set_value();
    for (int resumes = 1; taken < texts.size(); ++resumes) {
        run_until([&] { return scope.resumes == resumes; });
        taken += adapter.submit(scope, Strings(texts.begin() + taken, texts.end()));
    }
    run_until([&] { return noted().size() == 12; });
    EXPECT_EQ(noted(), texts);
}

TEST_F(RoutingTest, D5_the_strictest_class_governs_and_a_live_route_neither_holds_nor_spoils) {
    async.handler = [](Call& call) {
        if (call.event.kind == MILLRACE_MESSAGE) return call.reject(1, "no matter"), true;
        return ack_all(call);
    };
    open(scope, "/both");
    EXPECT_EQ(adapter.submit(scope, "one", {}), MILLRACE_PENDING);
    expect_settled({{1, MILLRACE_ACK}});
}

TEST(Settlement, D7_the_text_is_of_the_first_in_to) {
    Settlement settlement(1, 1, false, 0, {0, 1});
    EXPECT_FALSE(settlement.add(1, {MILLRACE_REJECT, 2, "second"}));
    EXPECT_TRUE(settlement.add(0, {MILLRACE_REJECT, 1, "first"}));
    EXPECT_EQ(settlement.text, "first");
    EXPECT_EQ(settlement.code, 1u);
}

Config make_upstream_config() {
    Config with = make_routing_config();
    with.adapters[0].is_upstream = true;
    return with;
}

class ResendTest : public ChannelsTest {
  protected:
    ResendTest() : ChannelsTest(make_upstream_config()) {}
};

TEST_F(ResendTest, D7_who_is_done_with_a_message_does_not_get_its_resend) {
    bool fails = true;
    async.handler = [&](Call& call) {
        if (call.event.kind == MILLRACE_MESSAGE && fails) return call.retry("not now"), true;
        return ack_all(call);
    };
    open(scope, "/two");
    EXPECT_EQ(adapter.submit(scope, "one", {.external_id = "id-1"}), MILLRACE_PENDING);
    run_until([&] { return scope.settlements == Settlements{{1, MILLRACE_RETRY}}; });
    EXPECT_EQ(report().consumers[0].dropped, 1u) << "it is the sender's again";
    EXPECT_EQ(report().consumers[0].dead, 0u);
    fails = false;
    EXPECT_EQ(adapter.submit(scope, "one", {.external_id = "id-1"}), MILLRACE_PENDING);
    run_until([&] { return scope.settlements == Settlements{{1, MILLRACE_RETRY}, {2, MILLRACE_ACK}}; });
    EXPECT_EQ(std::ranges::count(sync.log(), "one"), 1);
    EXPECT_EQ(std::ranges::count(async.log(), "one"), 2);
}

TEST_F(ResendTest, D9_a_final_answer_is_given_again) {
    sync.handler = [&](Call& call) {
        if (call.event.kind == MILLRACE_MESSAGE) return call.reject(5, "no"), true;
        return ack_all(call);
    };
    open(scope, "/two");
    adapter.submit(scope, "one", {.external_id = "id-1"});
    run_until([&] { return scope.settlements.size() == 1; });
    adapter.submit(scope, "one", {.external_id = "id-1"});
    EXPECT_EQ(scope.settlements, (Settlements{{1, MILLRACE_REJECT}, {2, MILLRACE_REJECT}}));
    EXPECT_EQ(std::ranges::count(sync.log(), "one"), 1);
    EXPECT_EQ(pipeline.duplicates.count(), 1u);
}

TEST_F(ResendTest, D9_that_nobody_gets_it_is_a_final_answer_too) {
    open(scope, "/named");
    EXPECT_EQ(adapter.submit(scope, "unheard of", {.external_id = "id-1"}), MILLRACE_NOWHERE);
    EXPECT_EQ(adapter.submit(scope, "unheard of", {.external_id = "id-1"}), MILLRACE_NOWHERE);
    EXPECT_EQ(adapter.submit(scope, "drop", {.external_id = "id-2"}), MILLRACE_NOWHERE);
    EXPECT_EQ(adapter.submit(scope, "drop", {.external_id = "id-2"}), MILLRACE_NOWHERE);
    EXPECT_EQ(pipeline.dead_letters.count().kept, 1u);
    EXPECT_EQ(pipeline.duplicates.count(), 2u);
    EXPECT_EQ(scope.settlements, Settlements());
}

TEST_F(ResendTest, D9_one_that_is_being_handled_is_not_handled_twice) {
    async.handler = [](Call& call) { return call.event.kind != MILLRACE_MESSAGE && ack_all(call); };
    open(scope, "/two");
    adapter.submit(scope, "one", {.external_id = "id-1"});
    adapter.submit(scope, "one", {.external_id = "id-1"});
    EXPECT_EQ(scope.settlements, (Settlements{{2, MILLRACE_RETRY}}));
    adapter.submit(scope, "other", {.external_id = "id-2"});
    EXPECT_EQ(scope.settlements.size(), 1u);
}

Config make_dropping_config() {
    Config config = make_config();
    config.routes[0].to.clear();
    config.routes[0].drop = true;
    return config;
}

class DroppingTest : public PipelineTest {
  protected:
    DroppingTest() : PipelineTest(make_dropping_config()) {}
};

TEST_F(DroppingTest, D11_who_asks_hears_that_a_route_drops_it) {
    EXPECT_EQ(adapter.open_with(scope, "/async", MILLRACE_TELLS_DROPPED), MILLRACE_DROPPED);
    EXPECT_EQ(adapter.open_with(scope, "/nowhere", MILLRACE_TELLS_DROPPED), MILLRACE_UNMATCHED);
    EXPECT_EQ(adapter.open(scope, "/async"), MILLRACE_UNMATCHED);
    EXPECT_EQ(report().unmatched, 3u);
}

}  // namespace
}  // namespace millrace
