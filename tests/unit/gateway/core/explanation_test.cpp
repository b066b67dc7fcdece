#include "gateway/core/explanation.hpp"

#include <gtest/gtest.h>

#include "tests/unit/gateway/core/config_fixture.hpp"

namespace millrace {
namespace {

constexpr const char* kConfig = R"(
version: 1
adapters:
  web: { type: websocket }
  plant: { type: mqtt }
consumers:
  echo: { plugin: echo }
  audit: { plugin: audit }
  room: { plugin: chatroom }
routes:
  - { name: hot, match: { adapter: plant, topic: "+/{line}", json.value: { gt: 80 } }, to: "room:{line}" }
  - { name: all, match: { adapter: web, any: [ { path: /echo }, { not: { header.accept: "text/*" } } ] }, to: audit,
      continue: true }
  - { name: rooms, match: { path: "/rooms/{room}", text: [ hello, "hi *" ] }, to: [ room, echo ] }
  - { name: noise, match: { adapter: web, kind: RECEIPT }, drop: true }
  - { name: late, match: { adapter: web, path: "/rooms/*" }, to: echo }
)";

class ExplanationTest : public ::testing::Test {
  protected:
    void SetUp() override { ASSERT_EQ(testing::places(read_), ""); }

    std::string explain(std::string_view event) const {
        const auto text = millrace::explain(read_.config, router_, event);
        return text ? text.value() : "error: " + text.error().text;
    }

    // What it says in the end.
    std::string end(std::string_view event) const {
        const std::string text = explain(event);
        const std::size_t at = text.find("\n\n");
        return at == text.npos ? text : text.substr(at + 2);
    }

    testing::TemporaryFolder folder_;
    ConfigResult read_ = testing::read_text(folder_, kConfig);
    Router router_{read_.config};
};

TEST_F(ExplanationTest, SaysEachRouteEachPredicateAndWhoGetsIt) {
    EXPECT_EQ(explain(R"({"kind":"MESSAGE","adapter":"web","scope":"1f-3","attributes":{"path":"/rooms/blue"},)"
                      R"("text":"hi all","websocket":{"headers":[{"name":"accept","value":"dGV4dC9odG1s"}]}})"),
              R"(MESSAGE of web:1f-3
route hot: is for other adapters
route all: false
    adapter: web               true     it is "web"
    any                        false
      path: /echo              false    it is "/rooms/blue"
      not                      false
        header.accept: text/*  true     it is "text/html"
route rooms: true
    path: /rooms/{room}  true     it is "/rooms/blue"
    text: [hello, hi *]  true     it is "hi all"
route noise: false, but it is not reached: a route before it takes the event
    adapter: web   true     it is "web"
    kind: RECEIPT  false    it is "MESSAGE"
route late: true, but it is not reached: a route before it takes the event
    adapter: web    true     it is "web"
    path: /rooms/*  true     it is "/rooms/blue"

goes to room by route rooms
goes to echo by route rooms
)");
}

TEST_F(ExplanationTest, OfAConnectItSaysWhatIsCertain) {
    EXPECT_EQ(explain(R"({"kind":"CONNECT","adapter":"plant","scope":"s"})"), R"(CONNECT of plant:s
route hot: unknown
    adapter: plant          true     it is "plant"
    topic: +/{line}         unknown  its value is not known yet
    json.value: { gt: 80 }  unknown  its value is not known yet
route all: is for other adapters
route rooms: false
    path: /rooms/{room}  false    there is no value to compare
    text: [hello, hi *]  unknown  its value is not known yet
route noise: is for other adapters
route late: is for other adapters

each message of its scope is matched by itself
)");
    EXPECT_EQ(end(R"({"kind":"CONNECT","adapter":"web","attributes":{"path":"/echo"}})"),
              "goes to audit by route all\neach message of its scope is matched by itself\n");
}

TEST_F(ExplanationTest, SaysWhoGetsItInTheEnd) {
    struct Case {
        const char* event;
        const char* end;
    };
    const Case cases[] = {
        {R"({"kind":"MESSAGE","adapter":"plant","attributes":{"topic":"a/b7"},"data":"eyJ2YWx1ZSI6ODF9"})",
         "goes to room:b7 by route hot\n"},
        {R"({"kind":"MESSAGE","adapter":"plant","attributes":{"topic":"a/b7"},"text":"{\"value\":80}"})",
         "goes to nobody: no route takes it\n"},
        {R"({"consumer":"audit","kind":"RECEIPT","adapter":"web","attributes":{"path":"/echo","other":"x"}})",
         "goes to audit by route all\ngoes no further by route noise\n"},
        {R"({"kind":"RECEIPT","adapter":"web","websocket":{"headers":[{"name":"accept","value":"dGV4dC9h"}]}})",
         "is dropped by route noise\n"},
        {R"({"consumer":"audit","dead_letter":{"id":7},"kind":"TIMER","adapter":"web","scope":"s"})",
         "TIMER of web:s\nno route is asked: the consumer that has set the timer gets it\n"},
        {R"({"kind":"DISCONNECT","adapter":"web","scope":"s"})",
         "DISCONNECT of web:s\nno route is asked: every consumer of its scope gets it\n"},
        {R"({"kind":"MESSAGE","adapter":"room","scope":"b7","text":"x"})",
         "MESSAGE of room:b7\nno route is asked: a channel gets what is sent to it\n"},
    };
    for (const Case& each : cases) EXPECT_EQ(end(each.event), each.end) << each.event;
}

TEST_F(ExplanationTest, ShowsOfALongValueItsBegin) {
    const std::string text = std::string(199, 'x') + "\u00e9\u00e9\n";
    const std::string said = explain(R"({"kind":"MESSAGE","adapter":"web","text":")" + text.substr(0, 203) + "\"}");
    EXPECT_NE(said.find("it is \"" + std::string(199, 'x') + "\" and 4 bytes more\n"), said.npos) << said;
}

TEST_F(ExplanationTest, RefusesWhatIsNoEvent) {
    struct Case {
        const char* event;
        const char* error;
    };
    const Case cases[] = {
        {"", "error: the event is not one JSON value: incomplete JSON"},
        {"{} {}", "error: the event is not one JSON value: extra data"},
        {"[]", "error: the event is not a millrace.v1.ChannelMessage: : Root element must be a message."},
        {R"({"kind":"MESSAGE","adaptor":"web"})",
         "error: the event is not a millrace.v1.ChannelMessage: adaptor: Cannot find field."},
        {R"({"adapter":"web"})", "error: the event has no 'kind'"},
        {R"({"kind":"MESSAGE","adapter":"wbe"})",
         "error: the event's adapter is 'wbe': the configuration has no such adapter"},
    };
    for (const Case& each : cases) EXPECT_EQ(explain(each.event), each.error) << each.event;
}

}  // namespace
}  // namespace millrace
