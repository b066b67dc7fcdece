#include "adapters/websocket/normalise.hpp"

#include <gtest/gtest.h>

#include <map>

#include "millrace/v1/command.pb.h"
#include "millrace/v1/message.pb.h"

namespace millrace::websocket {
namespace {

struct Normal {
    std::map<std::string, std::string> attributes;
    v1::ChannelMessage message;

    explicit Normal(const Request& request) {
        const Opening opening = normalise(request, {"192.0.2.7", 4711}, {"192.0.2.1", 8080}, "0.0.0.0:8080");
        for (const auto& [key, value] : opening.attributes) attributes[std::string(key)] = value;
        EXPECT_TRUE(message.ParseFromString(opening.fields));
    }
};

TEST(Normalise, MapsARequest) {
    Request request;
    request.target = "/rooms/blue%20sky?user=a%20b";
    request.host = "example.com";
    request.origin = "https://example.com";
    request.subprotocols = {"chat", "v2"};
    request.headers = {{"host", "example.com"}, {"x-raw", "\xff"}, {"x-raw", "2"}};
    const Normal normal(request);

    EXPECT_EQ(normal.attributes, (std::map<std::string, std::string>{{"path", "/rooms/blue sky"},
                                                                     {"query", "user=a%20b"},
                                                                     {"host", "example.com"},
                                                                     {"origin", "https://example.com"},
                                                                     {"subprotocol", "chat,v2"},
                                                                     {"peer", "192.0.2.7"},
                                                                     {"listener", "0.0.0.0:8080"}}));
    const v1::WebSocket& body = normal.message.websocket();
    EXPECT_EQ(body.scheme(), "ws");
    EXPECT_EQ(body.http_version(), "1.1");
    EXPECT_EQ(body.path(), "/rooms/blue sky");
    EXPECT_EQ(body.raw_path(), "/rooms/blue%20sky");
    EXPECT_EQ(body.query_string(), "user=a%20b");
    ASSERT_EQ(body.headers_size(), 3);
    EXPECT_EQ(body.headers(1).name(), "x-raw");
    EXPECT_EQ(body.headers(1).value(), "\xff");
    EXPECT_EQ(body.client().host(), "192.0.2.7");
    EXPECT_EQ(body.client().port(), 4711u);
    EXPECT_EQ(body.server().host(), "192.0.2.1");
    EXPECT_EQ(body.server().port(), 8080u);
    ASSERT_EQ(body.subprotocols_size(), 2);
    EXPECT_EQ(body.subprotocols(1), "v2");
    EXPECT_FALSE(body.has_close());
}

TEST(Normalise, LeavesOutWhatIsNotThere) {
    Request request;
    request.target = "/";
    EXPECT_EQ(Normal(request).attributes,
              (std::map<std::string, std::string>{{"path", "/"}, {"peer", "192.0.2.7"}, {"listener", "0.0.0.0:8080"}}));
}

TEST(Normalise, DecodesPaths) {
    const std::map<std::string, std::string> cases = {
        {"/a+b", "/a+b"},
        {"/%41%7a", "/Az"},
        {"/%C3%BC", "/\xC3\xBC"},
        {"/%", "/%"},
        {"/%4", "/%4"},
        {"/%zz", "/%zz"},
        {"/%2Fa", "//a"},
        {"/%ff", "/\xEF\xBF\xBD"},
        {"/%e2%82x", "/\xEF\xBF\xBD\xEF\xBF\xBDx"},
        {"/a/../b", "/a/../b"},
        {"/%F0%9F%98%80!", "/\xF0\x9F\x98\x80!"},
        {"/a%00%0a%1Fb",
         "/a\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"
         "b"},
        {"/%7f%C2%85%C2%A0", "/\xEF\xBF\xBD\xEF\xBF\xBD\xC2\xA0"},
    };
    for (const auto& [target, path] : cases) {
        Request request;
        request.target = target;
        EXPECT_EQ(Normal(request).attributes.at("path"), path) << target;
    }
}

TEST(Normalise, MakesAttributesPlainText) {
    Request request;
    request.target = "/?\xff";
    request.host = "a\xC3\xBC\xC3";
    request.origin = "a\tb";
    const Normal normal(request);
    EXPECT_EQ(normal.attributes.at("query"), "\xEF\xBF\xBD");
    EXPECT_EQ(normal.attributes.at("host"), "a\xC3\xBC\xEF\xBF\xBD");
    EXPECT_EQ(normal.attributes.at("origin"),
              "a\xEF\xBF\xBD"
              "b");
    EXPECT_EQ(normal.message.websocket().query_string(), "\xff");
}

TEST(Normalise, TellsHowItEnded) {
    Request request;
    request.target = "/x";
    const Opening opening = normalise(request, {"192.0.2.7", 1}, {"192.0.2.1", 2}, "l");
    v1::ChannelMessage message;
    ASSERT_TRUE(message.ParseFromString(opening.fields + close_fields(4001, "see you")));
    EXPECT_EQ(message.websocket().path(), "/x");
    EXPECT_EQ(message.websocket().close().code(), 4001u);
    EXPECT_EQ(message.websocket().close().reason(), "see you");
}

TEST(Normalise, ReadsAcceptances) {
    v1::Command command;
    command.mutable_websocket_accept()->set_subprotocol("chat");
    v1::WebSocket::Header& header = *command.mutable_websocket_accept()->add_headers();
    header.set_name("X-One");
    header.set_value("1");
    const std::optional<Acceptance> acceptance = acceptance_of(command.SerializeAsString());
    ASSERT_TRUE(acceptance);
    EXPECT_EQ(acceptance->subprotocol, "chat");
    EXPECT_EQ(acceptance->headers, (Codec::Headers{{"X-One", "1"}}));
    EXPECT_FALSE(acceptance_of("\xff\xff"));
}

}  // namespace
}  // namespace millrace::websocket
