#include "adapters/websocket/adapter.hpp"

#include <gtest/gtest.h>

#include "tests/unit/adapters/fake_host.hpp"
#include "tests/unit/adapters/websocket/raw_client.hpp"

namespace millrace::test {
namespace {

const millrace_adapter* websocket() { return millrace_plugin_v1()->adapter; }

std::string config(const std::string& more = {}) {
    return R"({"listen": "127.0.0.1:0", "threads": 1)" + (more.empty() ? "" : ", " + more) + "}";
}

constexpr std::string_view kAccepted =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nServer: millrace\r\n\r\n";

TEST(WebSocketAdapter, EchoesTextAndBinary) {
    FakeHost host(websocket(), config());
    RawClient client(host.port());
    EXPECT_EQ(client.upgrade("/echo?x=1"), kAccepted);
    client.send(frame(kText, "hello") + frame(kBinary, "") + frame(kText, "gr\xC3\xBC\xC3\x9F"));
    EXPECT_EQ(client.read_frame(), "81:hello");
    EXPECT_EQ(client.read_frame(), "82:");
    EXPECT_EQ(client.read_frame(), "81:gr\xC3\xBC\xC3\x9F");
    client.send(frame(kClose, close_payload(1000, "bye")));
    EXPECT_EQ(client.read_frame(), "88:1000:");
    EXPECT_EQ(client.read_frame(), "end");
    ASSERT_TRUE(host.wait([&] { return host.scopes.size() == 1 && host.scopes[0].is_closed_by_peer; }));
    EXPECT_EQ(host.scopes[0].attribute("path"), "/echo");
    EXPECT_EQ(host.scopes[0].attribute("query"), "x=1");
    EXPECT_EQ(host.scopes[0].reason, MILLRACE_REASON_PEER);
}

}  // namespace
}  // namespace millrace::test
