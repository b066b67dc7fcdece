#include "adapters/common/http/dialogue.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "tests/unit/adapters/common/http/conversation.hpp"

namespace millrace::http::test {
namespace {

std::string get(const std::string& target, const std::string& headers = {}) {
    return "GET " + target + " HTTP/1.1\r\nHost: h\r\n" + headers + "\r\n";
}
std::string post(const std::string& headers, const std::string& body = {}) {
    return "POST / HTTP/1.1\r\nHost: h\r\n" + headers + "\r\n" + body;
}
const std::string invitation = "HTTP/1.1 100 Continue\r\n\r\n";

TEST(Dialogue, ReadsHeadersInTheirOrder) {
    Conversation conversation;
    std::string seen;
    conversation.on_head = [&](const Request& request) -> std::optional<Refusal> {
        for (const Header& each : request.headers) seen.append(each.name).append("=").append(each.value).append(";");
        EXPECT_EQ(request.header("x-a"), "1");
        EXPECT_TRUE(request.has_header("x-empty"));
        EXPECT_FALSE(request.has_header("x-none"));
        EXPECT_EQ(request.header("x-none"), "");
        return std::nullopt;
    };
    conversation.read(get("/", "X-A: 1\r\nx-empty:\r\nX-a:  2 \r\n"));
    EXPECT_EQ(seen, "Host=h;X-A=1;x-empty=;X-a=2;");
}

TEST(Dialogue, KnowsTheHeadersOfWhatCameInParts) {
    Conversation conversation;
    std::string seen;
    conversation.answers_at_once = false;
    const std::string bytes = post("X-A: 1\r\nTransfer-Encoding: chunked\r\n", "2\r\nab\r\n0\r\n\r\n");
    conversation.read(bytes, 1);
    const Request& request = conversation.dialogue().request();
    EXPECT_EQ(request.header("x-a"), "1");
    EXPECT_EQ(request.target, "/");
    EXPECT_EQ(request.body, "ab");
    EXPECT_EQ(conversation.kept(), 0u);
}

TEST(Dialogue, FindsThePath) {
    EXPECT_EQ(path_of("/a/b?c/d?e"), "/a/b");
    EXPECT_EQ(path_of("/"), "/");
    EXPECT_EQ(path_of("*"), "*");
    EXPECT_EQ(path_of("http://h/a?b"), "/a");
    EXPECT_EQ(path_of("http://h"), "/");
    EXPECT_EQ(path_of("https://h?a=/b"), "/");
}

TEST(Dialogue, AnswersInOrder) {
    Conversation conversation;
    conversation.answers_at_once = false;
    conversation.read(get("/0") + get("/1") + get("/2"));
    ASSERT_EQ(conversation.asked.size(), 3u);
    conversation.answer(conversation.asked[2], "c");
    conversation.answer(conversation.asked[1], "b");
    EXPECT_EQ(conversation.said(), "");
    conversation.answer(conversation.asked[0], "a");
    EXPECT_EQ(conversation.said(), ok("a") + ok("b") + ok("c"));
}

TEST(Dialogue, TakesEachAnswerOnce) {
    Conversation conversation;
    conversation.answers_at_once = false;
    conversation.read(get("/0") + get("/1"));
    Dialogue& dialogue = conversation.dialogue();
    EXPECT_FALSE(dialogue.answer(2, Response(), conversation.out, 0));
    conversation.answer(1, "b");
    EXPECT_FALSE(dialogue.answer(1, Response{.body = "again"}, conversation.out, 0));
    conversation.answer(0, "a");
    EXPECT_FALSE(dialogue.answer(0, Response{.body = "again"}, conversation.out, 0));
    EXPECT_FALSE(dialogue.answer(1, Response{.body = "again"}, conversation.out, 0));
    EXPECT_EQ(conversation.said(), ok("a") + ok("b"));
}

// Any order of answers, any pieces of requests.
TEST(Dialogue, AnswersInOrderWhateverHappens) {
    std::mt19937 random(seed());
    for (int round = 0; round < 300; ++round) {
        Conversation conversation;
        conversation.answers_at_once = false;
        const std::size_t count = 1 + random() % 40;
        std::string bytes;
        std::string expected;
        std::vector<std::string> answers;
        for (std::size_t i = 0; i < count; ++i) {
            const std::string name = std::to_string(i);
            bytes += random() % 2 ? get("/" + name) : post("Content-Length: 3\r\n", "abc");
            answers.push_back(std::string(random() % 5, 'x') + name);
            expected += ok(answers.back());
        }
        std::vector<Dialogue::Number> open;
        std::size_t taken = 0;
        while (!bytes.empty() || !open.empty()) {
            const std::size_t size = std::min<std::size_t>(bytes.size(), random() % 200);
            conversation.read(bytes.substr(0, size));
            bytes.erase(0, size);
            for (; taken < conversation.asked.size(); ++taken) open.push_back(conversation.asked[taken]);
            ASSERT_LE(open.size(), kSmall.pending_max);
            if (open.empty() || random() % 3 == 0) continue;
            const std::size_t chosen = random() % open.size();
            conversation.answer(open[chosen], answers[open[chosen]]);
            open.erase(open.begin() + static_cast<std::ptrdiff_t>(chosen));
            conversation.read("");
            for (; taken < conversation.asked.size(); ++taken) open.push_back(conversation.asked[taken]);
        }
        ASSERT_EQ(conversation.said(), expected) << "round " << round;
    }
}

TEST(Dialogue, HoldsWhatIsTooMuch) {
    Conversation conversation;
    conversation.answers_at_once = false;
    std::string bytes;
    for (int i = 0; i < 9; ++i) bytes += get("/");
    conversation.read(bytes);
    EXPECT_EQ(conversation.asked.size(), 8u);
    EXPECT_EQ(conversation.kept(), get("/").size());
    EXPECT_FALSE(conversation.dialogue().has_room());
    conversation.answer(3, "");
    conversation.read("");
    EXPECT_EQ(conversation.asked.size(), 8u) << "what is answered before its turn still counts";
    conversation.answer(0, "");
    EXPECT_TRUE(conversation.dialogue().has_room());
    conversation.read("");
    EXPECT_EQ(conversation.asked.size(), 9u);
}

TEST(Dialogue, SaysWhatIsWrongInItsTurn) {
    Conversation conversation;
    conversation.answers_at_once = false;
    conversation.read(get("/") + "GET\r\n");
    EXPECT_EQ(conversation.said(), "");
    conversation.answer(0, "a");
    EXPECT_EQ(conversation.said(), ok("a") + bad("The first line is not METHOD TARGET HTTP/1.1."));
}

TEST(Dialogue, InvitesABody) {
    Conversation conversation;
    conversation.read(post("Expect: 100-continue\r\nContent-Length: 2\r\n"));
    EXPECT_EQ(conversation.said(), invitation);
    conversation.read("a");
    EXPECT_EQ(conversation.said(), "");
    conversation.read("b" + post("Expect: 100-Continue\r\nTransfer-Encoding: chunked\r\n"));
    EXPECT_EQ(conversation.said(), ok("POST / [ab]") + invitation);
    conversation.read("1\r\nc\r\n0\r\n\r\n");
    EXPECT_EQ(conversation.said(), ok("POST / [c]"));
}

TEST(Dialogue, InvitesNoBodyThatIsThere) {
    Conversation conversation;
    conversation.read(post("Expect: 100-continue\r\nContent-Length: 2\r\n", "ab"));
    EXPECT_EQ(conversation.said(), ok("POST / [ab]"));
}

TEST(Dialogue, InvitesABodyInItsTurn) {
    Conversation conversation;
    conversation.answers_at_once = false;
    conversation.read(get("/") + post("Expect: 100-continue\r\nContent-Length: 2\r\n"));
    EXPECT_EQ(conversation.said(), "");
    conversation.answer(0, "a");
    EXPECT_EQ(conversation.said(), ok("a") + invitation);
    conversation.read("bc");
    conversation.answer(1, "d");
    EXPECT_EQ(conversation.said(), ok("d"));
}

TEST(Dialogue, InvitesNoBodyThatIsTooLarge) {
    Conversation conversation;
    conversation.read(post("Expect: 100-continue\r\nContent-Length: 65\r\n"));
    EXPECT_EQ(conversation.said(), refused("413 Payload Too Large", "The request's body is too large."));
}

TEST(Dialogue, RefusesByTheHead) {
    const std::string nothing = refused("404 Not Found", "There is nothing at this path.");
    for (const std::size_t piece : {1u, 1000u}) {
        Conversation conversation;
        conversation.on_head = [](const Request& request) -> std::optional<Refusal> {
            EXPECT_EQ(request.body, "");
            if (request.target == "/") return std::nullopt;
            return not_found();
        };
        conversation.read(get("/no") + get("/"), piece);
        EXPECT_EQ(conversation.said(),
                  refused("404 Not Found", "There is nothing at this path.", "", false) + ok("GET /"));
        conversation.read(
            "POST /no HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nab" + get("/"), piece);
        EXPECT_EQ(conversation.said(), nothing) << "what has a body ends the connection";
        EXPECT_EQ(conversation.requests, std::vector<std::string>{"GET /"});
    }
}

TEST(Dialogue, RefusesHeadWithoutABody) {
    Conversation conversation;
    conversation.on_head = [](const Request&) { return method_not_allowed("POST"); };
    conversation.read("HEAD / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    EXPECT_EQ(conversation.said(),
              "HTTP/1.1 405 Method Not Allowed\r\nServer: test\r\nAllow: POST\r\nConnection: close\r\nContent-Type: "
              "text/plain; charset=utf-8\r\nContent-Length: 28\r\n\r\nEND");
}

TEST(Dialogue, AnswersWhatWasAskedBeforeTheEnd) {
    Conversation conversation;
    conversation.answers_at_once = false;
    conversation.read(get("/0") + get("/1") + "GET /2");
    conversation.answer(1, "b");
    conversation.dialogue().end_of_input();
    conversation.answer(0, "a");
    EXPECT_EQ(conversation.said(), ok("a") + ok("b") + "END");
}

TEST(Dialogue, SaysThatTheLastAnswerIsTheLast) {
    Conversation conversation;
    conversation.answers_at_once = false;
    conversation.read(get("/0") + get("/1"));
    conversation.dialogue().end_of_input();
    conversation.answer(0, "a");
    conversation.answer(1, "b");
    EXPECT_EQ(conversation.said(), ok("a") + last("b"));
    EXPECT_FALSE(conversation.dialogue().answer(1, Response(), conversation.out, 0));
}

TEST(Dialogue, EndsWithThePeer) {
    Conversation conversation;
    conversation.read("GET / HT");
    conversation.dialogue().end_of_input();
    EXPECT_EQ(conversation.said(), "END");
}

TEST(Dialogue, StopsWhereNothingIsAsked) {
    Conversation conversation;
    conversation.read(get("/"));
    conversation.leave();
    conversation.dialogue().quiesce(conversation.out, 0);
    EXPECT_EQ(conversation.said(), "END");
}

TEST(Dialogue, StopsBehindWhatIsAsked) {
    Conversation conversation;
    conversation.answers_at_once = false;
    conversation.read(get("/0"));
    conversation.dialogue().quiesce(conversation.out, 0);
    conversation.read(get("/1"));
    EXPECT_EQ(conversation.asked.size(), 1u);
    EXPECT_EQ(conversation.kept(), 0u);
    conversation.answer(0, "a");
    EXPECT_EQ(conversation.said(), last("a"));
}

TEST(Dialogue, StopsBeforeWhatIsNotWhole) {
    Conversation conversation;
    conversation.answers_at_once = false;
    conversation.read(get("/0") + post("Content-Length: 2\r\n", "a"));
    conversation.dialogue().quiesce(conversation.out, 0);
    conversation.answer(0, "a");
    EXPECT_EQ(conversation.said(),
              ok("a") + refused("503 Service Unavailable", "The gateway stops.", "Retry-After: 5\r\n"));
}

TEST(Dialogue, RetiresWhereNothingIsAsked) {
    Conversation conversation;
    conversation.read(get("/"));
    conversation.leave();
    conversation.dialogue().retire();
    EXPECT_EQ(conversation.said(), "END");
}

TEST(Dialogue, RetiresWithTheRequestThatIsComing) {
    for (const std::string_view before : {"", "GE"}) {
        Conversation conversation;
        conversation.read(before);
        conversation.dialogue().retire();
        EXPECT_EQ(conversation.said(), "");
        conversation.read(get("/0").substr(before.size()) + get("/1"));
        EXPECT_EQ(conversation.said(), last("GET /0"));
    }
}

TEST(Dialogue, RetiresBehindWhatIsAsked) {
    Conversation conversation;
    conversation.answers_at_once = false;
    conversation.read(get("/0") + get("/1"));
    conversation.dialogue().retire();
    conversation.read(get("/2"));
    conversation.answer(0, "a");
    conversation.answer(1, "b");
    EXPECT_EQ(conversation.said(), ok("a") + last("b"));
}

TEST(Dialogue, TurnsAway) {
    Conversation conversation;
    conversation.dialogue().turn_away(try_later("There are too many connections."), conversation.out, 0);
    conversation.read(get("/"));
    EXPECT_EQ(conversation.said(),
              refused("503 Service Unavailable", "There are too many connections.", "Retry-After: 5\r\n"));
    EXPECT_EQ(conversation.dialogue().next_deadline_ms(), kSmall.close_ms);
}

TEST(Response, IsWrittenWithoutALengthWhereItHasNone) {
    std::string out;
    write_response(out, {.status = 204, .content_type = "text/plain", .body = "x"}, "A: b\r\n", {});
    EXPECT_EQ(out, "HTTP/1.1 204 No Content\r\nA: b\r\n\r\n");
}

TEST(Response, IsWrittenWithAllThatItHas) {
    std::string out;
    const Response response{.status = 299, .content_type = "text/xml", .body = "<a/>", .headers = "B: c\r\n"};
    write_response(out, response, "A: b\r\n", {});
    EXPECT_EQ(out, "HTTP/1.1 299 Success\r\nA: b\r\nB: c\r\nContent-Type: text/xml\r\nContent-Length: 4\r\n\r\n<a/>");
}

TEST(Refusals, SayWhatIsTaken) {
    const auto text = [](const Refusal& refusal) {
        return std::to_string(refusal.status) + " " + refusal.text + " " + refusal.headers;
    };
    EXPECT_EQ(text(method_not_allowed("POST")), "405 This path takes POST alone. Allow: POST\r\n");
    EXPECT_EQ(text(unsupported_media_type("application/json")),
              "415 The body has to be application/json. Accept: application/json\r\n");
    EXPECT_EQ(text(too_many_requests(3, "Slowly.")), "429 Slowly. Retry-After: 3\r\n");
    EXPECT_EQ(text(forbidden("No.")), "403 No. ");
}

}  // namespace
}  // namespace millrace::http::test
