#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "adapters/websocket/acks.hpp"
#include "adapters/websocket/session.hpp"
#include "millrace/v1/command.pb.h"
#include "tests/unit/adapters/websocket/fixture.hpp"

namespace millrace::test {
namespace {

constexpr std::string_view kOffer = "Sec-WebSocket-Protocol: chat, millrace.ack.v1\r\n";
constexpr std::string_view kChosen = "\r\nSec-WebSocket-Protocol: millrace.ack.v1\r\n";

RecordingHost::Manner silent(std::size_t room = static_cast<std::size_t>(-1)) {
    RecordingHost::Manner manner;
    manner.echoes = false;
    manner.room = room;
    return manner;
}

std::string messages(int first, int last) {
    std::string bytes;
    for (int i = first; i <= last; ++i) bytes += frame(kText, std::to_string(i));
    return bytes;
}

bool wait_for_messages(RecordingHost& host, std::size_t count) {
    return host.wait([&] { return !host.scopes.empty() && host.scopes[0].messages.size() >= count; });
}

TEST(WebSocketAcks, AreForWhoOffersThem) {
    struct Case {
        const char* offered;
        const char* chosen_by_consumer;
        bool is_agreed;
    };
    const Case cases[] = {
        {"millrace.ack.v1", "", true},
        {"chat, millrace.ack.v1", "", true},
        {"chat, millrace.ack.v1", "millrace.ack.v1", true},
        {"chat, millrace.ack.v1", "chat", false},
        {"Millrace.ack.v1", "", false},
        {"millrace.ack.v2", "", false},
        {"chat", "", false},
    };
    for (const auto& [offered, chosen, is_agreed] : cases) {
        v1::Command command;
        command.mutable_websocket_accept()->set_subprotocol(chosen);
        RecordingHost::Manner manner;
        manner.outcome.replies = {{MILLRACE_NO_PAYLOAD, {}, command.SerializeAsString()}, {MILLRACE_TEXT, "hi", {}}};
        RecordingHost host(websocket(), config(), manner);
        RawClient client(host.port());
        const std::string response = client.upgrade("/", "Sec-WebSocket-Protocol: " + std::string(offered) + "\r\n");
        EXPECT_EQ(response.find(kChosen) != std::string::npos, is_agreed) << response;
        EXPECT_EQ(client.read_frame(), is_agreed ? R"(81:{"msg":"hi"})" : "81:hi") << offered;
        client.send(frame(kText, "a"));
        EXPECT_EQ(client.read_frame(), is_agreed ? R"(81:{"msg":"a"})" : "81:a");
        host.settle_message(host.scopes[0], 0, MILLRACE_ACK);
        if (is_agreed) {
            EXPECT_EQ(client.read_frame(), R"(81:{"ack":1})");
        }
        host.send(host.scopes[0], MILLRACE_DATA, "b");
        EXPECT_EQ(client.read_frame(), "82:b");
    }
}

TEST(WebSocketAcks, ComeOnceATurnAfterTheReplies) {
    RecordingHost::Manner manner;
    manner.remembers = false;  // settles at once
    RecordingHost host(websocket(), config(), manner);
    RawClient client(host.port());
    client.upgrade("/", kOffer);
    client.send(frame(kText, "a\n") + frame(kBinary, "b") + frame(kText, ""));
    EXPECT_EQ(client.read_frame(), R"(81:{"msg":"a\n"})");
    EXPECT_EQ(client.read_frame(), "82:b");
    EXPECT_EQ(client.read_frame(), R"(81:{"msg":""})");
    EXPECT_EQ(client.read_frame(), R"(81:{"ack":3})");
    client.send(frame(0x01, "split ") + frame(kPing, "p") + frame(0x80, "message"));
    EXPECT_EQ(client.read_frame(), "8a:p");
    EXPECT_EQ(client.read_frame(), R"(81:{"msg":"split message"})");
    EXPECT_EQ(client.read_frame(), R"(81:{"ack":4})");
}

TEST(WebSocketAcks, TellOfMessagesThatSettleLaterAndInAnyOrder) {
    RecordingHost host(websocket(), config(), silent());
    RawClient client(host.port());
    client.upgrade("/", kOffer);
    client.send(messages(1, 5));
    ASSERT_TRUE(wait_for_messages(host, 5));
    RecordingHost::Scope& scope = host.scopes[0];
    host.settle_message(scope, 2, MILLRACE_REJECT, "no");
    host.settle_message(scope, 1, MILLRACE_ACK);
    host.settle_message(scope, 0, MILLRACE_ACK);
    EXPECT_EQ(client.read_frame(), R"(81:{"ack":3,"rejected":[3]})");
    host.settle_message(scope, 3, MILLRACE_ACK);
    EXPECT_EQ(client.read_frame(), R"(81:{"ack":4})");
    host.settle_message(scope, 4, MILLRACE_REJECT);
    EXPECT_EQ(client.read_frame(), R"(81:{"ack":5,"rejected":[5]})");
}

TEST(WebSocketAcks, NumberWhatIsTakenLater) {
    RecordingHost host(websocket(), config(), silent(3));
    RawClient client(host.port());
    client.upgrade("/", kOffer);
    client.send(messages(1, 5) + frame(0x01, "6") + frame(0x80, "."));
    ASSERT_TRUE(wait_for_messages(host, 3));
    RecordingHost::Scope& scope = host.scopes[0];
    host.settle_message(scope, 0, MILLRACE_ACK);
    EXPECT_EQ(client.read_frame(), R"(81:{"ack":1})");
    host.resume(scope, 2);
    ASSERT_TRUE(wait_for_messages(host, 5));
    host.resume(scope, 1);
    ASSERT_TRUE(wait_for_messages(host, 6));
    EXPECT_EQ(scope.cookies, (std::vector<std::uint64_t>{1, 2, 3, 4, 5, 6}));
    for (std::size_t i = 5; i > 0; --i) host.settle_message(scope, i, MILLRACE_ACK);
    EXPECT_EQ(client.read_frame(), R"(81:{"ack":6})");
}

TEST(WebSocketAcks, GroupsAreFramedForBothKindsOfMembers) {
    RecordingHost host(websocket(), config());
    RawClient told(host.port());
    RawClient plain(host.port());
    RawClient told_too(host.port());
    told.upgrade("/", kOffer);
    plain.upgrade();
    told_too.upgrade("/", kOffer);
    ASSERT_TRUE(host.wait([&] { return host.scopes.size() == 3; }));
    const std::string large(10'000, 'x');
    for (const std::string& text : {std::string("\"all\""), large}) host.send_all(MILLRACE_TEXT, text);
    host.send_all(MILLRACE_DATA, "bytes");
    for (RawClient* each : {&told, &told_too}) {
        EXPECT_EQ(each->read_frame(), R"(81:{"msg":"\"all\""})");
        EXPECT_EQ(each->read_frame(), "81:{\"msg\":\"" + large + "\"}");
        EXPECT_EQ(each->read_frame(), "82:bytes");
    }
    EXPECT_EQ(plain.read_frame(), "81:\"all\"");
    EXPECT_EQ(plain.read_frame(), "81:" + large);
    EXPECT_EQ(plain.read_frame(), "82:bytes");
    for (RecordingHost::Scope& scope : host.scopes) EXPECT_TRUE(host.wait([&] { return scope.written == scope.sent; }));
}

TEST(WebSocketAcks, AreCompressedLikeOthersOnlyWhereTheyAreReplies) {
    RecordingHost host(websocket(), config(R"("permessage_deflate": true)"), silent());
    RawClient client(host.port());
    client.upgrade("/", std::string(kOffer) + "Sec-WebSocket-Extensions: permessage-deflate\r\n");
    client.send(messages(1, 1));
    ASSERT_TRUE(wait_for_messages(host, 1));
    host.send(host.scopes[0], MILLRACE_TEXT, std::string(1000, 'x'));
    host.settle_message(host.scopes[0], 0, MILLRACE_ACK);
    EXPECT_TRUE(client.read_frame().starts_with("c1:"));
    EXPECT_EQ(client.read_frame(), R"(81:{"ack":1})");
}

// ---- Endings -----------------------------------------------------------------------------------------------------

TEST(WebSocketAcks, ComeBeforeTheCloseFrame) {
    RecordingHost::Manner manner;
    manner.remembers = false;
    manner.echoes = false;
    {
        RecordingHost host(websocket(), config(), manner);
        RawClient client(host.port());
        client.upgrade("/", kOffer);
        client.send(messages(1, 3) + frame(kClose, close_payload(1000)));
        EXPECT_EQ(client.read_frame(), R"(81:{"ack":3})");
        EXPECT_EQ(client.read_frame(), "88:1000:");
        EXPECT_EQ(client.read_frame(), "end");
    }
    {
        RecordingHost host(websocket(), config(), manner);
        RawClient client(host.port());
        client.upgrade("/", kOffer);
        client.send(messages(1, 2) + frame(0x83, "no such opcode"));
        EXPECT_EQ(client.read_frame(), R"(81:{"ack":2})");
        EXPECT_TRUE(client.read_frame().starts_with("88:1002:"));
    }
    RecordingHost host(websocket(), config(), silent());
    RawClient client(host.port());
    client.upgrade("/", kOffer);
    client.send(messages(1, 3));
    ASSERT_TRUE(wait_for_messages(host, 3));
    host.on_loop(host.scopes[0], [&] {  // All in one turn.
        host.settle_message(host.scopes[0], 0, MILLRACE_ACK);
        host.settle_message(host.scopes[0], 1, MILLRACE_RETRY);
        host.close(host.scopes[0], MILLRACE_REASON_DRAIN, 0, {});
    });
    EXPECT_EQ(client.read_frame(), R"(81:{"ack":1})");
    EXPECT_EQ(client.read_frame(), "88:1001:");
    client.send(frame(kClose, close_payload(1001)));
    EXPECT_EQ(client.read_frame(), "end");
}

TEST(WebSocketAcks, EndWithAMessageThatIsGivenBack) {
    RecordingHost host(websocket(), config(), silent());
    RawClient client(host.port());
    client.upgrade("/", kOffer);
    client.send(messages(1, 3));
    ASSERT_TRUE(wait_for_messages(host, 3));
    host.settle_message(host.scopes[0], 2, MILLRACE_ACK);
    host.settle_message(host.scopes[0], 0, MILLRACE_ACK);
    EXPECT_EQ(client.read_frame(), R"(81:{"ack":1})");
    host.settle_message(host.scopes[0], 1, MILLRACE_RETRY);
    EXPECT_EQ(client.read_frame(), "88:1013:a message has to be sent again");
    ASSERT_TRUE(wait_for_end(host));
    EXPECT_EQ(host.scopes[0].reason, MILLRACE_REASON_POLICY);
}

TEST(WebSocketAcks, AMessageThatIsGivenBackEndsAlsoWhoHasNone) {
    RecordingHost host(websocket(), config(), silent());
    RawClient client(host.port());
    client.upgrade();
    client.send(messages(1, 2));
    ASSERT_TRUE(wait_for_messages(host, 2));
    host.settle_message(host.scopes[0], 0, MILLRACE_ACK);
    host.send(host.scopes[0], MILLRACE_TEXT, "still here");
    EXPECT_EQ(client.read_frame(), "81:still here");
    host.settle_message(host.scopes[0], 1, MILLRACE_RETRY);
    EXPECT_EQ(client.read_frame(), "88:1013:a message has to be sent again");
    ASSERT_TRUE(wait_for_end(host));
    EXPECT_EQ(host.scopes[0].reason, MILLRACE_REASON_POLICY);
}

// ---- The bound ---------------------------------------------------------------------------------------------------

TEST(WebSocketAcks, TakeNoMoreThanTheyCanRemember) {
    constexpr std::size_t kMax = millrace::websocket::Acks::kUnsettledMax;
    RecordingHost host(websocket(), config(), silent());
    RawClient client(host.port());
    client.upgrade("/", kOffer);
    client.send(messages(1, static_cast<int>(kMax) + 100) + frame(kPing, "behind"));
    EXPECT_TRUE(wait_for_messages(host, kMax));
    RecordingHost::Scope& scope = host.scopes[0];
    EXPECT_EQ(client.read_frame(), "8a:behind");
    host.with([&] { EXPECT_EQ(scope.messages.size(), kMax); });
    for (std::size_t i = 1; i < kMax; ++i) host.settle_message(scope, i, MILLRACE_ACK);
    host.settle_message(scope, 0, MILLRACE_ACK);
    EXPECT_EQ(client.read_frame(), "81:{\"ack\":" + std::to_string(kMax) + "}");
    EXPECT_TRUE(wait_for_messages(host, kMax + 100));
}

TEST(WebSocketAcks, CloseWhoHasTooManyUnsettledForTooLong) {
    RecordingHost host(websocket(), config(R"("stall_timeout": "300ms")"), silent());
    RawClient client(host.port());
    client.upgrade("/", kOffer);
    client.send(messages(1, static_cast<int>(millrace::websocket::Acks::kUnsettledMax) + 1));
    EXPECT_EQ(client.read_frame(), "88:1013:the gateway is busy");
    ASSERT_TRUE(wait_for_end(host));
    EXPECT_EQ(host.scopes[0].messages.size(), millrace::websocket::Acks::kUnsettledMax);
}

TEST(WebSocketAcks, StayWithWhoIsHeldBackWhileMessagesSettle) {
    constexpr std::size_t kMax = millrace::websocket::Acks::kUnsettledMax;
    constexpr std::chrono::milliseconds kStall{500};
    RecordingHost host(websocket(), config(R"("stall_timeout": "500ms")"), silent());
    RawClient client(host.port());
    client.upgrade("/", kOffer);
    client.send(messages(1, static_cast<int>(kMax) + 1));
    ASSERT_TRUE(wait_for_messages(host, kMax));
    const auto end = std::chrono::steady_clock::now() + 2 * kStall;
    for (std::size_t i = 0; std::chrono::steady_clock::now() < end; ++i) {
        ASSERT_LT(i, kMax / 2) << "it was let go on before";
        host.settle_message(host.scopes[0], i, MILLRACE_ACK);
        ASSERT_EQ(client.read_frame(), "81:{\"ack\":" + std::to_string(i + 1) + "}");
        for (int n = 0; n < 10; ++n) {  // This takes its time.
            client.send(frame(kPing, "p"));
            ASSERT_EQ(client.read_frame(), "8a:p");
        }
    }
    EXPECT_EQ(client.read_frame(), "88:1013:the gateway is busy");
}

}  // namespace
}  // namespace millrace::test
