#include <gmock/gmock.h>

#include <boost/json.hpp>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "gateway/core/gateway.hpp"
#include "gateway/core/plugin_host.hpp"
#include "gateway/core/router.hpp"
#include "tests/support/raw_peer.hpp"

// One event on its way through the gateway, step by step as docs/architecture.md tells it. All is real: the gateway,
// the WebSocket adapter and the consumers echo and audit as the shared objects that are installed, and a socket. Of two
// consumers one answers, and the other writes down what it got.
namespace millrace {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using millrace::testing::RawPeer;
using namespace std::chrono_literals;

constexpr std::string_view kConfig = R"(version: 1
adapters:
  web: { type: websocket, listen: "127.0.0.1:0", threads: 1 }
consumers:
  echo: { plugin: echo }
  audit: { plugin: audit, workers: 1, config: { path: PATH } }
routes:
  - { name: elsewhere, match: { adapter: web, path: /elsewhere }, to: echo }
  - { name: rooms, match: { adapter: web, path: "/rooms/{room}" }, to: [echo, audit] }
)";

class LifeOfAnEvent : public ::testing::Test {
  protected:
    LifeOfAnEvent() {
        std::string pattern = fs::temp_directory_path() / "millrace-life-XXXXXX";
        folder_ = ::mkdtemp(pattern.data());
        std::string text(kConfig);
        text.replace(text.find("PATH"), 4, audit_file());
        std::ofstream(folder_ / "gateway.yaml") << text;
        const std::string plugins = MILLRACE_BUILD_DIR "/lib/millrace/";
        catalogue_ = discover_plugins({plugins + "adapters", plugins + "consumers"}).catalogue;
        ConfigResult read = read_config(folder_ / "gateway.yaml", catalogue_);
        for (const ConfigError& error : read.errors) ADD_FAILURE() << to_string(error, "gateway.yaml");
        gateway_.emplace(std::move(read.config), system_clock());
        EXPECT_TRUE(gateway_->build(catalogue_, folder_ / "state").empty());
        EXPECT_TRUE(gateway_->start());
    }

    ~LifeOfAnEvent() override {
        gateway_->drain();
        gateway_->stop();
        fs::remove_all(folder_);
    }

    std::string audit_file() const { return folder_ / "audit.jsonl"; }

    void enters();
    void is_normalised();
    void is_submitted();
    void is_routed();
    void is_delivered();
    void is_answered();
    void is_settled();

    GatewayReport::Consumer consumer(std::size_t index) const { return gateway_->report().consumers.at(index); }

    // Waits until each consumer has done with `count` deliveries.
    void wait_acked(std::uint64_t count) const {
        const auto end = std::chrono::steady_clock::now() + 30s;
        while (consumer(0).counts.acked < count || consumer(1).counts.acked < count) {
            ASSERT_LT(std::chrono::steady_clock::now(), end) << "not acked: " << count;
            std::this_thread::yield();
        }
    }

    fs::path folder_;
    Catalogue catalogue_;
    std::optional<Gateway> gateway_;
    std::optional<RawPeer> peer_;
    json::object message_;  // As audit has written it.
};

// adapters/websocket/session: bytes arrive, in pieces as they like; codec turns them into frames.
void LifeOfAnEvent::enters() {
    peer_.emplace(testing::own_listening_port());
    peer_->send(testing::websocket_handshake("/rooms/42?seat=7"));
    EXPECT_THAT(peer_->receive_until("\r\n\r\n"), ::testing::StartsWith("HTTP/1.1 101 Switching Protocols\r\n"));
    wait_acked(1);
    const std::string frame("\x81\x85\0\0\0\0hello", 11);  // Masked with zeros.
    peer_->send(frame.substr(0, 4));
    peer_->send(frame.substr(4));
    wait_acked(2);
}

// adapters/websocket/normalise: the frame has become a ChannelMessage.
void LifeOfAnEvent::is_normalised() {
    std::ifstream file(audit_file());
    std::string line;
    ASSERT_TRUE(std::getline(file, line));
    message_ = json::parse(line).as_object();
    EXPECT_EQ(message_.at("kind"), "MESSAGE");
    EXPECT_EQ(message_.at("protocol"), "websocket");
    EXPECT_EQ(message_.at("adapter"), "web");
    EXPECT_EQ(message_.at("text"), "hello");
    EXPECT_EQ(message_.at("websocket").at("path"), "/rooms/42");
    EXPECT_FALSE(message_.at("scope").as_string().empty());
    EXPECT_FALSE(std::getline(file, line)) << "audit writes messages alone";
}

// gateway/core/dispatcher: an id, an order number, a time.
void LifeOfAnEvent::is_submitted() {
    EXPECT_NE(message_.at("id"), "0");
    EXPECT_EQ(message_.at("order"), "1") << "CONNECT is 0";
    EXPECT_EQ(message_.at("scope_epoch"), "1");
    const auto received_us = std::stoll(std::string(message_.at("received_at_us").as_string()));
    EXPECT_LT(system_clock().now_us() - received_us, 60'000'000);
    EXPECT_EQ(gateway_->report().adapters.at(0).scopes, 1u);
}

// gateway/core/router: a pure function; the same rules and attributes give the same consumers again.
void LifeOfAnEvent::is_routed() {
    const Router router(gateway_->config());
    const Attribute attributes[] = {{"path", "/rooms/42"}};
    const Decision decision = router.match(0, attributes);
    EXPECT_EQ(decision.outcome, Decision::Outcome::deliver);
    EXPECT_THAT(decision.consumers, ::testing::ElementsAre(0, 1));
    EXPECT_EQ(message_.at("route").as_string(), gateway_->config().routes.at(decision.route).name);
    EXPECT_EQ(message_.at("attributes").at("room"), "42");
}

// gateway/core/mailbox and plugin_host: each consumer has an instance for the scope, which got CONNECT and MESSAGE.
void LifeOfAnEvent::is_delivered() {
    for (const std::size_t index : {0u, 1u}) {
        const GatewayReport::Consumer got = consumer(index);
        SCOPED_TRACE(got.name);
        EXPECT_EQ(got.counts.now.instances, 1u);
        EXPECT_EQ(got.counts.created, 2u);
        EXPECT_EQ(got.counts.acked, 2u);
        EXPECT_EQ(got.counts.now.open, 0u);
        EXPECT_EQ(got.refused_calls, 0u);
    }
    EXPECT_FALSE(fs::is_empty(folder_ / "state" / "plugins")) << "plugins are loaded from copies";
}

// gateway/core/outbox: echo's one command left when its handler had succeeded; session has written it as a frame.
void LifeOfAnEvent::is_answered() {
    EXPECT_EQ(peer_->receive(7), std::string("\x81\x05hello"));
    const GatewayReport::Adapter adapter = gateway_->report().adapters.at(0);
    EXPECT_EQ(adapter.replies, 1u);
    EXPECT_EQ(adapter.replies_dropped, 0u);
}

// adapters/websocket/session: the outside hears how its event ended. A WebSocket's MESSAGE needs no word for "yes"; its
// CONNECT got 101, and one that nobody takes gets 404. The end of the scope is an event as well.
void LifeOfAnEvent::is_settled() {
    RawPeer other(testing::own_listening_port());
    other.send(testing::websocket_handshake("/nowhere"));
    EXPECT_THAT(other.receive_until("\r\n\r\n"), ::testing::StartsWith("HTTP/1.1 404 Not Found\r\n"));
    EXPECT_EQ(gateway_->report().adapters.at(0).unmatched, 1u);

    peer_->send(std::string("\x88\x82\0\0\0\0\x03\xe8", 8));  // Close, 1000.
    EXPECT_EQ(peer_->receive(4), "\x88\x02\x03\xe8");
    wait_acked(3);
    for (const std::size_t index : {0u, 1u}) {
        const LoopReport::Consumer counts = consumer(index).counts;
        EXPECT_EQ(counts.created, 3u);
        EXPECT_EQ(counts.created, counts.acked + counts.dead + counts.expired + counts.dropped + counts.now.open);
        EXPECT_EQ(counts.now.instances, 0u);
    }
    EXPECT_EQ(gateway_->report().adapters.at(0).scopes, 0u);
}

TEST_F(LifeOfAnEvent, FromTheSocketToTheConsumersAndBack) {
    enters();
    is_normalised();
    is_submitted();
    is_routed();
    is_delivered();
    is_answered();
    is_settled();
}

}  // namespace
}  // namespace millrace
