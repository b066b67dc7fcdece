#include "adapters/websocket/adapter.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <set>

#include "millrace/v1/command.pb.h"
#include "tests/unit/adapters/websocket/fixture.hpp"

namespace millrace::test {
namespace {

RecordingHost::Reply acceptance(const std::string& subprotocol, const std::string& name = {},
                                const std::string& value = {}) {
    v1::Command command;
    command.mutable_websocket_accept()->set_subprotocol(subprotocol);
    if (!name.empty()) {
        v1::WebSocket::Header& header = *command.mutable_websocket_accept()->add_headers();
        header.set_name(name);
        header.set_value(value);
    }
    return {MILLRACE_NO_PAYLOAD, {}, command.SerializeAsString()};
}

// ---- Traffic -----------------------------------------------------------------------------------------------------

TEST(WebSocketAdapter, EchoesTextAndBinary) {
    RecordingHost host(websocket(), config());
    RawClient client(host.port());
    EXPECT_EQ(client.upgrade("/echo?x=1"), kAccepted);
    client.send(frame(kText, "hello") + frame(kBinary, "") + frame(kText, "gr\xC3\xBC\xC3\x9F"));
    EXPECT_EQ(client.read_frame(), "81:hello");
    EXPECT_EQ(client.read_frame(), "82:");
    EXPECT_EQ(client.read_frame(), "81:gr\xC3\xBC\xC3\x9F");
    client.send(frame(kClose, close_payload(1000, "bye")));
    EXPECT_EQ(client.read_frame(), "88:1000:");
    EXPECT_EQ(client.read_frame(), "end");
    ASSERT_TRUE(wait_for_end(host));
    const RecordingHost::Scope& scope = host.scopes[0];
    EXPECT_EQ(scope.attribute("path"), "/echo");
    EXPECT_EQ(scope.attribute("query"), "x=1");
    EXPECT_EQ(scope.attribute("peer"), "127.0.0.1");
    EXPECT_EQ(scope.attribute("listener"), "127.0.0.1:" + std::to_string(host.port()));
    EXPECT_EQ(scope.send_bytes_max, 1u << 20);
    EXPECT_EQ(scope.messages, (std::vector<std::string>{"t:hello", "d:", "t:gr\xC3\xBC\xC3\x9F"}));
    EXPECT_EQ(scope.written, scope.sent);
    EXPECT_EQ(scope.reason, MILLRACE_REASON_PEER);
    EXPECT_EQ(close_of(scope).code(), 1000u);
    EXPECT_EQ(close_of(scope).reason(), "bye");
}

TEST(WebSocketAdapter, ServesManyConnectionsOnSeveralThreads) {
    RecordingHost host(websocket(), R"({"listen": ["127.0.0.1:0", "127.0.0.1:0"], "threads": 3})");
    ASSERT_TRUE(host.wait([&] { return host.log.size() == 2 && host.loops == 3; }));
    std::vector<std::unique_ptr<RawClient>> clients;
    for (int i = 0; i < 60; ++i) {
        clients.push_back(std::make_unique<RawClient>(host.port()));
        EXPECT_EQ(clients.back()->upgrade(), kAccepted);
    }
    for (std::size_t i = 0; i < clients.size(); ++i) clients[i]->send(frame(kText, std::to_string(i)));
    for (std::size_t i = 0; i < clients.size(); ++i) EXPECT_EQ(clients[i]->read_frame(), "81:" + std::to_string(i));
    host.with([&] {
        std::set<std::string> keys;
        for (const RecordingHost::Scope& scope : host.scopes) keys.insert(scope.key);
        EXPECT_EQ(keys.size(), clients.size());
    });
    clients.clear();
    EXPECT_TRUE(host.wait([&] {
        return std::all_of(host.scopes.begin(), host.scopes.end(), [](const auto& it) { return it.is_closed_by_peer; });
    }));
}

TEST(WebSocketAdapter, TakesLargeMessages) {
    RecordingHost host(websocket(), config(R"("max_message": "8MiB", "send_buffer": "16MiB")"));
    RawClient client(host.port());
    client.upgrade();
    std::string text(8 << 20, 'x');
    for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>('a' + i % 23);
    for (const std::size_t size : {std::size_t{65536}, std::size_t{262'144}, std::size_t{1 << 20}, text.size()}) {
        auto sending = std::async(std::launch::async, [&] { return client.send(frame(kText, text.substr(0, size))); });
        EXPECT_TRUE(client.read_frame() == "81:" + text.substr(0, size)) << size;
        EXPECT_TRUE(sending.get());
    }
    client.send(frame(0x01, text.substr(0, 300'000)) + frame(kPing, "p") + frame(0x80, "end"));
    EXPECT_EQ(client.read_frame(), "8a:p");
    EXPECT_TRUE(client.read_frame() == "81:" + text.substr(0, 300'000) + "end");
    client.send(std::string("\x82\xff\x00\x00\x00\x00\x00\x80\x00\x01\x00\x00\x00\x00", 14));
    EXPECT_EQ(client.read_frame(), "88:1009:");
    EXPECT_EQ(client.read_frame(), "end");
    ASSERT_TRUE(wait_for_end(host));
    EXPECT_EQ(host.scopes[0].reason, MILLRACE_REASON_POLICY);
}

TEST(WebSocketAdapter, SendsTheSameToMany) {
    RecordingHost host(websocket(), config(R"("send_buffer": "16MiB")"));
    std::vector<std::unique_ptr<RawClient>> clients;
    for (int i = 0; i < 5; ++i) {
        clients.push_back(std::make_unique<RawClient>(host.port()));
        EXPECT_EQ(clients.back()->upgrade(), kAccepted);
    }
    const std::string small(100, 's'), large(200'000, 'l');
    host.send_all(MILLRACE_TEXT, small);
    host.send_all(MILLRACE_DATA, large);
    host.send(host.scopes[1], MILLRACE_TEXT, "for one alone");
    host.send_all(MILLRACE_TEXT, "");
    host.send_all(MILLRACE_TEXT, large);
    for (std::size_t i = 0; i < clients.size(); ++i) {
        EXPECT_EQ(clients[i]->read_frame(), "81:" + small);
        EXPECT_EQ(clients[i]->read_frame(), "82:" + large);
        if (i == 1) {
            EXPECT_EQ(clients[i]->read_frame(), "81:for one alone");
        }
        EXPECT_EQ(clients[i]->read_frame(), "81:");
        EXPECT_EQ(clients[i]->read_frame(), "81:" + large);
    }
    EXPECT_TRUE(host.wait([&] {
        return std::all_of(host.scopes.begin(), host.scopes.end(),
                           [](const auto& it) { return it.sent != 0 && it.written == it.sent; });
    }));
}

// One that does not read holds what is meant for it, and nobody else.
TEST(WebSocketAdapter, SendsToManyPastOneThatDoesNotRead) {
    RecordingHost host(websocket(), config(R"("send_buffer": "64MiB")"));
    RawClient deaf(host.port()), reader(host.port());
    EXPECT_EQ(deaf.upgrade(), kAccepted);
    EXPECT_EQ(reader.upgrade(), kAccepted);
    constexpr int kCount = 200;
    const std::string large(100'000, 'l');
    for (int i = 0; i < kCount; ++i) host.send_all(MILLRACE_TEXT, large + std::to_string(i));
    for (int i = 0; i < kCount; ++i) EXPECT_EQ(reader.read_frame(), "81:" + large + std::to_string(i));
    ASSERT_TRUE(host.wait([&] { return host.scopes[1].written == host.scopes[1].sent; }));
    host.with([&] { EXPECT_LT(host.scopes[0].written, host.scopes[0].sent); });
    for (int i = 0; i < kCount; ++i) EXPECT_EQ(deaf.read_frame(), "81:" + large + std::to_string(i));
    EXPECT_TRUE(host.wait([&] { return host.scopes[0].written == host.scopes[0].sent; }));
}

TEST(WebSocketAdapter, AnswersPingsAndTakesEarlyMessages) {
    RecordingHost host(websocket(), config());
    RawClient client(host.port());
    client.send("GET / HTTP/1.1\r\n" + std::string(kUpgradeHead) + "\r\n" + frame(kText, "early") + frame(kPing, "p"));
    EXPECT_EQ(client.read_until("\r\n\r\n"), kAccepted);
    std::vector<std::string> answers{client.read_frame(), client.read_frame()};
    EXPECT_EQ(answers, (std::vector<std::string>{"81:early", "8a:p"}));
}

TEST(WebSocketAdapter, ClosesOnWhatBreaksTheProtocol) {
    struct Case {
        std::string bytes;
        unsigned code;
        std::uint32_t reason;
    };
    const std::vector<Case> cases = {
        {"\x81\x01x", 1002, MILLRACE_REASON_PROTOCOL_ERROR},
        {frame(kText, "\xff"), 1007, MILLRACE_REASON_PROTOCOL_ERROR},
        {frame(kBinary, std::string(2000, 'x')), 1009, MILLRACE_REASON_POLICY},
    };
    for (const Case& it : cases) {
        RecordingHost host(websocket(), config(R"("max_message": 1999)"));
        RawClient client(host.port());
        client.upgrade();
        client.send(frame(kText, "good") + it.bytes + frame(kText, "late"));
        EXPECT_EQ(client.read_frame(), "81:good");
        EXPECT_EQ(client.read_frame(), "88:" + std::to_string(it.code) + ":");
        EXPECT_EQ(client.read_frame(), "end");
        ASSERT_TRUE(wait_for_end(host));
        EXPECT_EQ(host.scopes[0].reason, it.reason);
        EXPECT_EQ(close_of(host.scopes[0]).code(), it.code);
        EXPECT_EQ(host.scopes[0].messages, std::vector<std::string>{"t:good"});
    }
}

TEST(WebSocketAdapter, TellsOfALostLine) {
    RecordingHost host(websocket(), config());
    {
        RawClient client(host.port());
        client.upgrade();
    }
    ASSERT_TRUE(wait_for_end(host));
    EXPECT_EQ(host.scopes[0].reason, MILLRACE_REASON_LOST);
    EXPECT_EQ(close_of(host.scopes[0]).code(), 1006u);
}

// ---- The handshake -----------------------------------------------------------------------------------------------

TEST(WebSocketAdapter, RefusesInWords) {
    struct Case {
        std::int32_t open;
        RecordingHost::Outcome outcome;
        const char* status;
        const char* part;
    };
    const std::vector<Case> cases = {
        {MILLRACE_UNMATCHED, {}, "HTTP/1.1 404 Not Found\r\n", "There is nothing at this path.\n"},
        {MILLRACE_DRAINING, {}, "HTTP/1.1 503 Service Unavailable\r\n", "Retry-After: 5\r\n"},
        {MILLRACE_NO_SLOT, {}, "HTTP/1.1 503 Service Unavailable\r\n", "Retry-After: 5\r\n"},
        {MILLRACE_OPENED, {MILLRACE_RETRY, 0, "", {}}, "HTTP/1.1 503 Service Unavailable\r\n", "Retry-After: 5\r\n"},
        {MILLRACE_OPENED, {MILLRACE_REJECT, 0, "", {}}, "HTTP/1.1 403 Forbidden\r\n", "The connection was refused.\n"},
        {MILLRACE_OPENED, {MILLRACE_REJECT, 401, "Who?", {}}, "HTTP/1.1 401 Unauthorized\r\n", "\r\n\r\nWho?\n"},
        {MILLRACE_OPENED, {MILLRACE_REJECT, 4001, "No.", {}}, "HTTP/1.1 403 Forbidden\r\n", "\r\n\r\nNo.\n"},
    };
    for (const Case& it : cases) {
        RecordingHost::Manner manner;
        manner.open = it.open;
        manner.outcome = it.outcome;
        RecordingHost host(websocket(), config(), manner);
        RawClient client(host.port());
        client.send("GET / HTTP/1.1\r\n" + std::string(kUpgradeHead) + "\r\n" + frame(kText, "early"));
        const std::string response = client.read_to_end();
        EXPECT_TRUE(response.starts_with(it.status)) << response;
        EXPECT_NE(response.find(it.part), std::string::npos) << response;
    }
}

TEST(WebSocketAdapter, RefusesWhatIsNoUpgrade) {
    RecordingHost host(websocket(), config(R"("max_header": 1000)"));
    const auto answer = [&](const std::string& request) {
        RawClient client(host.port());
        client.send(request);
        return client.read_to_end().substr(0, 12);
    };
    EXPECT_EQ(answer("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), "HTTP/1.1 426");
    EXPECT_EQ(answer("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"), "HTTP/1.1 405");
    EXPECT_EQ(answer("nonsense\r\n\r\n"), "HTTP/1.1 400");
    EXPECT_EQ(answer("GET / HTTP/1.1\r\nX: " + std::string(1000, 'x')), "HTTP/1.1 431");
    EXPECT_TRUE(host.scopes.empty());
}

TEST(WebSocketAdapter, HasADeadlineForTheRequest) {
    RecordingHost host(websocket(), config(R"("handshake_timeout": "200ms")"));
    RawClient client(host.port());
    client.send("GET / HTTP/1.1\r\nHost: x\r\n");
    EXPECT_TRUE(client.read_to_end().starts_with("HTTP/1.1 408 Request Timeout\r\n"));
}

TEST(WebSocketAdapter, AcceptsAsTheConsumerSays) {
    RecordingHost::Manner manner;
    manner.outcome.replies = {acceptance("v2", "X-One", "1"), {MILLRACE_TEXT, "welcome", {}}, {MILLRACE_DATA, "1", {}}};
    RecordingHost host(websocket(), config(), manner);
    RawClient client(host.port());
    const std::string response = client.upgrade("/", "Sec-WebSocket-Protocol: v1, v2\r\n");
    EXPECT_NE(response.find("\r\nSec-WebSocket-Protocol: v2\r\nX-One: 1\r\n"), std::string::npos) << response;
    EXPECT_EQ(client.read_frame(), "81:welcome");
    EXPECT_EQ(client.read_frame(), "82:1");
    EXPECT_TRUE(host.wait([&] { return host.scopes[0].written == host.scopes[0].sent; }));
    EXPECT_EQ(host.scopes[0].attribute("subprotocol"), "v1,v2");
}

TEST(WebSocketAdapter, RefusesAnAcceptanceThatCannotBeSent) {
    const std::vector<RecordingHost::Reply> cases = {acceptance("never offered"),
                                                     acceptance("", "X", "a\r\nSet-Cookie: b"),
                                                     acceptance("", "Sec-WebSocket-Accept", "x"),
                                                     {MILLRACE_NO_PAYLOAD, {}, "\xff\xff"}};
    for (const RecordingHost::Reply& reply : cases) {
        RecordingHost::Manner manner;
        manner.outcome.replies = {reply};
        RecordingHost host(websocket(), config(), manner);
        RawClient client(host.port());
        client.upgrade();
        EXPECT_TRUE(wait_for_log(host, "answer to CONNECT"));
        ASSERT_TRUE(wait_for_end(host));
        EXPECT_EQ(host.scopes[0].reason, MILLRACE_REASON_POLICY);
    }
}

TEST(WebSocketAdapter, WaitsForALateAnswer) {
    RecordingHost::Manner manner;
    manner.settles_at_once = false;
    RecordingHost host(websocket(), config(R"("handshake_timeout": "100ms")"), manner);
    RawClient client(host.port());
    client.send("GET / HTTP/1.1\r\n" + std::string(kUpgradeHead) + "\r\n" + frame(kText, "1"));
    ASSERT_TRUE(wait_for_scope(host));
    client.send(frame(kText, "2"));
    host.settle(host.scopes[0], {});
    EXPECT_EQ(client.read_until("\r\n\r\n"), kAccepted);
    EXPECT_EQ(client.read_frame(), "81:1");
    EXPECT_EQ(client.read_frame(), "81:2");
}

TEST(WebSocketAdapter, ClosesAfterALateAcceptance) {
    RecordingHost::Manner manner;
    manner.settles_at_once = false;
    RecordingHost host(websocket(), config(), manner);
    RawClient client(host.port());
    client.send("GET / HTTP/1.1\r\n" + std::string(kUpgradeHead) + "\r\n");
    ASSERT_TRUE(wait_for_scope(host));
    host.settle(host.scopes[0], {});
    host.close(host.scopes[0], MILLRACE_REASON_CONSUMER, 4001, "not today");
    EXPECT_EQ(client.read_until("\r\n\r\n"), kAccepted);
    EXPECT_EQ(client.read_frame(), "88:4001:not today");
}

// ---- Configuration -----------------------------------------------------------------------------------------------

TEST(WebSocketAdapter, ReadsItsConfiguration) {
    const std::vector<std::pair<std::string, std::vector<std::string>>> cases = {
        {R"({"listen": "0.0.0.0:80"})", {}},
        {R"({"listen": ["[::1]:0", "127.0.0.1:0"], "threads": 2, "max_message": "64KiB", "idle_timeout": "1m"})", {}},
        {R"({})", {": key `listen` is missing"}},
        {R"({"listen": "localhost:80"})",
         {"listen: `localhost:80` is no address: it needs IP:PORT, like 127.0.0.1:8080 or [::1]:8080"}},
        {R"({"listen": ["1.2.3.4:5", "1.2.3.4:5"]})", {"listen: `1.2.3.4:5` is there twice"}},
        {R"({"listen": "1.2.3.4:5", "max_mesage": 5})",
         {"max_mesage: unknown key `max_mesage`; did you mean `max_message`?"}},
        {R"({"listen": "1.2.3.4:5", "threads": 0, "max_header": "1KiB", "idle_timeout": "fast"})",
         {"threads: 0 is too small: at least 1", "idle_timeout: expected a time span like 20s, found `fast`"}},
    };
    for (const auto& [json, errors] : cases) EXPECT_EQ(config_errors(websocket(), json), errors) << json;
}

TEST(WebSocketAdapter, SaysThatAnAddressIsTaken) {
    RecordingHost host(websocket(), config());
    std::string error;
    const millrace_sink sink{sizeof sink, 0, &error, [](void* to, millrace_bytes text) {
                                 static_cast<std::string*>(to)->append(reinterpret_cast<const char*>(text.data),
                                                                       text.size);
                             }};
    const std::string address = "127.0.0.1:" + std::to_string(host.port());
    const std::string json = R"({"listen": ")" + address + R"("})";
    const millrace_errors errors{sizeof errors, 0, nullptr, nullptr};
    void* self = nullptr;
    ASSERT_EQ(websocket()->create(host.table(), {reinterpret_cast<const std::uint8_t*>(json.data()), json.size()},
                                  &errors, &self),
              MILLRACE_OK);
    EXPECT_EQ(websocket()->prepare(self, &sink), MILLRACE_ERROR);
    EXPECT_EQ(error, "cannot listen on " + address + ": Address already in use");
    websocket()->destroy(self);
}

}  // namespace
}  // namespace millrace::test
