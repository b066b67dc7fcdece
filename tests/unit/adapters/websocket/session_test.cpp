#include "adapters/websocket/session.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <vector>

#include "tests/unit/adapters/websocket/fixture.hpp"

namespace millrace::test {
namespace {

// ---- Limits ------------------------------------------------------------------------------------------------------

TEST(WebSocketSession, LimitsConnections) {
    for (const char* limit : {R"("max_connections": 2)", R"("max_connections_per_address": 2)"}) {
        RecordingHost host(websocket(), config(limit));
        auto first = std::make_unique<RawClient>(host.port());
        RawClient second(host.port());
        EXPECT_EQ(first->upgrade(), kAccepted);
        EXPECT_EQ(second.upgrade(), kAccepted);
        RawClient third(host.port());
        third.send("GET / HTTP/1.1\r\n" + std::string(kUpgradeHead) + "\r\n");
        EXPECT_TRUE(third.read_to_end().starts_with("HTTP/1.1 503 Service Unavailable\r\n")) << limit;
        first.reset();
        ASSERT_TRUE(wait_for_end(host));
        RawClient fourth(host.port());
        EXPECT_EQ(fourth.upgrade(), kAccepted);
    }
}

TEST(WebSocketSession, StopsReadingWhileTheGatewayIsFull) {
    RecordingHost::Manner manner;
    manner.room = 5;
    RecordingHost host(websocket(), config(), manner);
    RawClient client(host.port());
    client.upgrade();
    std::string bytes;
    for (int i = 0; i < 200; ++i) bytes += frame(kText, std::to_string(i));
    client.send(bytes + frame(0x01, "split ") + frame(0x80, "message") + frame(kPing, "p"));
    for (int i = 0; i < 5; ++i) EXPECT_EQ(client.read_frame(), "81:" + std::to_string(i));
    EXPECT_EQ(client.read_frame(), "8a:p");
    client.send(frame(kPing, "q").substr(0, 3));
    client.send(frame(kPing, "q").substr(3));
    EXPECT_EQ(client.read_frame(), "8a:q");
    const auto grow = [&](std::size_t room) { host.resume(host.scopes[0], room); };
    grow(100);
    for (int i = 5; i < 105; ++i) EXPECT_EQ(client.read_frame(), "81:" + std::to_string(i));
    grow(95);
    for (int i = 105; i < 200; ++i) EXPECT_EQ(client.read_frame(), "81:" + std::to_string(i));
    grow(1);
    EXPECT_EQ(client.read_frame(), "81:split message");
    EXPECT_EQ(host.scopes[0].messages.size(), 201u);
}

TEST(WebSocketSession, ReadsNotFarAheadOfAFullGatewayAndLosesNothingAtTheEnd) {
    RecordingHost::Manner manner;
    manner.room = 0;
    RecordingHost host(websocket(), config(), manner);
    RawClient client(host.port());
    client.upgrade();
    client.send(frame(kText, "first") + frame(kPing, "near"));
    EXPECT_EQ(client.read_frame(), "8a:near");
    std::string bytes;
    for (int i = 0; i < 400; ++i) bytes += frame(kText, std::string(1000, 'x'));
    client.send(bytes + frame(kPing, "far") + frame(kText, "last"));
    client.shut();
    host.resume(host.scopes[0], 1000);
    EXPECT_EQ(client.read_frame(), "81:first");
    for (int i = 0; i < 400; ++i) ASSERT_EQ(client.read_frame(), "81:" + std::string(1000, 'x'));
    EXPECT_EQ(client.read_frame(), "8a:far");
    EXPECT_EQ(client.read_frame(), "81:last");
    ASSERT_TRUE(wait_for_end(host));
    EXPECT_EQ(host.scopes[0].messages.size(), 402u);
}

TEST(WebSocketSession, NoticesALineThatEndsOnlyWhenWhatItBroughtIsTaken) {
    RecordingHost::Manner manner;
    manner.room = 0;
    RecordingHost host(websocket(), config(), manner);
    RawClient client(host.port());
    client.upgrade();
    client.send(frame(kText, "one") + frame(kText, "two") + frame(kPing, "p"));
    EXPECT_EQ(client.read_frame(), "8a:p");
    client.shut();
    host.resume(host.scopes[0], 1);
    EXPECT_EQ(client.read_frame(), "81:one");
    host.resume(host.scopes[0], 1);
    EXPECT_EQ(client.read_frame(), "81:two");
    ASSERT_TRUE(wait_for_end(host));
    EXPECT_EQ(host.scopes[0].reason, MILLRACE_REASON_LOST);
}

TEST(WebSocketSession, HoldsBackWhoSendsTooManyMessages) {
    RecordingHost host(websocket(), config(R"("max_message_rate": 20)"));
    RawClient client(host.port());
    client.upgrade();
    std::string bytes;
    for (int i = 0; i < 30; ++i) bytes += frame(kText, std::to_string(i));
    const auto before = std::chrono::steady_clock::now();
    client.send(bytes + frame(0x01, "split ") + frame(0x80, "message") + frame(kPing, "p"));
    for (int i = 0; i < 20; ++i) EXPECT_EQ(client.read_frame(), "81:" + std::to_string(i));
    EXPECT_EQ(client.read_frame(), "8a:p");
    for (int i = 20; i < 30; ++i) EXPECT_EQ(client.read_frame(), "81:" + std::to_string(i));
    EXPECT_EQ(client.read_frame(), "81:split message");
    const auto took = std::chrono::steady_clock::now() - before;
    EXPECT_GT(took, std::chrono::milliseconds(300));
    EXPECT_LT(took, std::chrono::seconds(10));
    EXPECT_TRUE(wait_for_log(host, "max_message_rate: a connection was held back; so far "));
}

TEST(WebSocketSession, ClosesWhenTheGatewayStaysFull) {
    RecordingHost::Manner manner;
    manner.room = 0;
    RecordingHost host(websocket(), config(R"("stall_timeout": "200ms")"), manner);
    RawClient client(host.port());
    client.upgrade();
    client.send(frame(kText, "x"));
    EXPECT_EQ(client.read_frame(), "88:1013:the gateway is busy");
    ASSERT_TRUE(wait_for_end(host));
    EXPECT_EQ(host.scopes[0].reason, MILLRACE_REASON_POLICY);
    EXPECT_EQ(close_of(host.scopes[0]).code(), 1013u);
    client.send(frame(kText, "y") + frame(kClose, close_payload(1013)));
    EXPECT_EQ(client.read_frame(), "end");
}

TEST(WebSocketSession, ClosesAPeerThatDoesNotRead) {
    RecordingHost host(websocket(), config(R"("stall_timeout": "200ms", "close_timeout": "100ms")"));
    RawClient client(host.port());
    client.set_receive_buffer(4096);
    client.upgrade();
    ASSERT_TRUE(wait_for_scope(host));
    for (int i = 0; i < 30; ++i) host.send(host.scopes[0], MILLRACE_DATA, std::string(1 << 20, 'x'));
    ASSERT_TRUE(wait_for_end(host));
    EXPECT_EQ(host.scopes[0].reason, MILLRACE_REASON_POLICY);
    EXPECT_LT(host.scopes[0].written, host.scopes[0].sent);
}

TEST(WebSocketSession, GivesRoomBackAsItIsWritten) {
    RecordingHost host(websocket(), config());
    RawClient client(host.port());
    client.upgrade();
    ASSERT_TRUE(wait_for_scope(host));
    const std::string large(1 << 20, 'x');
    for (int i = 0; i < 12; ++i) host.send(host.scopes[0], MILLRACE_DATA, large);
    for (int i = 0; i < 12; ++i) ASSERT_TRUE(client.read_frame() == "82:" + large);
    EXPECT_TRUE(host.wait([&] { return host.scopes[0].written == 12u << 20; }));
}

TEST(WebSocketSession, StopsReadingAPeerThatTakesNoPongs) {
    RecordingHost host(websocket(),
                       config(R"("send_buffer": "64KiB", "stall_timeout": "300ms", "close_timeout": "100ms")"));
    RawClient client(host.port());
    client.set_receive_buffer(4096);
    client.upgrade();
    std::string pings;
    for (int i = 0; i < 5000; ++i) pings += frame(kPing, std::string(125, 'p'));
    while (client.send(pings)) {
    }
    ASSERT_TRUE(wait_for_end(host));
    EXPECT_EQ(host.scopes[0].reason, MILLRACE_REASON_POLICY);
}

TEST(WebSocketSession, PingsAndClosesIdlePeers) {
    RecordingHost host(websocket(), config(R"("idle_timeout": "400ms")"));
    RawClient client(host.port());
    client.upgrade();
    for (int i = 0; i < 4; ++i) {
        EXPECT_EQ(client.read_frame(), "89:");
        client.send(frame(kPong, ""));
    }
    EXPECT_EQ(client.read_frame(), "89:");
    EXPECT_EQ(client.read_frame(), "88:1001:nothing was heard for too long");
    ASSERT_TRUE(wait_for_end(host));
    EXPECT_EQ(host.scopes[0].reason, MILLRACE_REASON_IDLE);
}

// ---- Endings from inside -----------------------------------------------------------------------------------------

TEST(WebSocketSession, ClosesAfterWhatWasSent) {
    RecordingHost host(websocket(), config());
    RawClient client(host.port());
    client.upgrade();
    ASSERT_TRUE(wait_for_scope(host));
    host.send(host.scopes[0], MILLRACE_TEXT, "last");
    host.close(host.scopes[0], MILLRACE_REASON_CONSUMER, 0, "");
    EXPECT_EQ(client.read_frame(), "81:last");
    EXPECT_EQ(client.read_frame(), "88:1000:");
    client.send(frame(kText, "late") + frame(kClose, close_payload(1000)));
    EXPECT_EQ(client.read_frame(), "end");
    EXPECT_TRUE(host.scopes[0].messages.empty());
}

TEST(WebSocketSession, DoesNotWaitForeverForAnAnswerToItsClose) {
    RecordingHost host(websocket(), config(R"("close_timeout": "200ms")"));
    RawClient client(host.port());
    client.upgrade();
    ASSERT_TRUE(wait_for_scope(host));
    host.close(host.scopes[0], MILLRACE_REASON_CONSUMER, 3000, "");
    EXPECT_EQ(client.read_frame(), "88:3000:");
    EXPECT_EQ(client.read_frame(), "end");
}

TEST(WebSocketSession, Drains) {
    RecordingHost host(websocket(), config());
    RawClient client(host.port());
    auto unfinished = std::make_unique<RawClient>(host.port());
    client.upgrade();
    unfinished->send("GET / HTTP/1.1\r\n");
    ASSERT_TRUE(wait_for_scope(host));
    host.quiesce();
    EXPECT_TRUE(unfinished->read_to_end().starts_with("HTTP/1.1 503 Service Unavailable\r\n"));
    unfinished.reset();
    client.send(frame(kText, "not taken"));
    host.send(host.scopes[0], MILLRACE_TEXT, "still sent");
    EXPECT_EQ(client.read_frame(), "81:still sent");
    EXPECT_EQ(RawClient(host.port()).upgrade(), "");
    host.close(host.scopes[0], MILLRACE_REASON_DRAIN, 0, "");
    EXPECT_EQ(client.read_frame(), "88:1001:");
    client.send(frame(kClose, close_payload(1001)));
    host.stop(10'000);
    EXPECT_EQ(client.read_frame(), "end");
    EXPECT_TRUE(host.scopes[0].messages.empty());
}

TEST(WebSocketSession, StopsByItsDeadline) {
    RecordingHost host(websocket(), config());
    RawClient client(host.port());
    client.upgrade();
    ASSERT_TRUE(wait_for_scope(host));
    host.quiesce();
    host.close(host.scopes[0], MILLRACE_REASON_DRAIN, 0, "");
    EXPECT_EQ(client.read_frame(), "88:1001:");
    const auto before = std::chrono::steady_clock::now();
    host.stop(100);
    EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(3));
    EXPECT_EQ(client.read_frame(), "end");
}

}  // namespace
}  // namespace millrace::test
