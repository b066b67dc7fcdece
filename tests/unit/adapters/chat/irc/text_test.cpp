#include <gtest/gtest.h>

#include <random>
#include <string>

#include "adapters/chat/irc/ctcp.hpp"
#include "adapters/chat/irc/encoding.hpp"
#include "adapters/chat/irc/ending.hpp"
#include "adapters/chat/irc/entities.hpp"
#include "adapters/chat/irc/formatting.hpp"
#include "adapters/chat/irc/sasl.hpp"
#include "adapters/chat/irc/server_time.hpp"
#include "adapters/common/utf8.hpp"

namespace millrace::chat::irc {
namespace {

// The plain text, and behind it each span as `b0+4`: kind, begin, size.
std::string formatted(std::string_view text) {
    std::string storage;
    std::vector<Span> spans;
    std::string result(unformatted(text, storage, spans));
    for (const Span& span : spans)
        result += std::string("|") + "biusc"[static_cast<int>(span.kind)] + std::to_string(span.begin) + "+" +
                  std::to_string(span.size);
    return result;
}

TEST(IrcFormatting, BecomesSpans) {
    EXPECT_EQ(formatted("plain"), "plain");
    EXPECT_EQ(formatted("\x02"
                        "bold\x02 not"),
              "bold not|b0+4");
    EXPECT_EQ(formatted("a \x02"
                        "b\x1D"
                        "c\x0F d"),
              "a bc d|b2+2|i3+1");
    EXPECT_EQ(formatted("\x1F"
                        "u\x1E"
                        "s"),
              "us|u0+2|s1+1");
    EXPECT_EQ(formatted("\x11"
                        "code\x11"),
              "code|c0+4");
    EXPECT_EQ(formatted("\x02\x02"
                        "nothing\x02"),
              "nothing");
    EXPECT_EQ(formatted("\x03"
                        "4red\x03 \x03"
                        "04,12both\x03"
                        "123 \x03,5"),
              "red both3 ,5");
    EXPECT_EQ(formatted("\x03"
                        "4,red"),
              ",red");
    EXPECT_EQ(formatted("\x04"
                        "FF0000,00FF00hex \x04"
                        "FF00no"),
              "hex FF00no");
    EXPECT_EQ(formatted("\x16reverse\x16"), "reverse");
    EXPECT_EQ(formatted("tab\tstays"), "tab\tstays");
    std::string many;
    for (int i = 0; i < 200; ++i) many += "\x02x\x02";
    std::string storage;
    std::vector<Span> spans;
    EXPECT_EQ(unformatted(many, storage, spans).size(), 200u);
    EXPECT_EQ(spans.size(), kSpansMax);
}

// Each link as `<it>`, each mention as `[it]`.
std::string entities(std::string_view text, std::string_view nick = "mill") {
    std::vector<Span> spans;
    add_entities(text, nick, spans);
    std::string result(text);
    for (auto it = spans.rbegin(); it != spans.rend(); ++it) {
        result.insert(it->begin + it->size, it->kind == Span::Kind::link ? ">" : "]");
        result.insert(it->begin, it->kind == Span::Kind::link ? "<" : "[");
    }
    return result;
}

TEST(IrcEntities, LinksAndMentions) {
    EXPECT_EQ(entities("see http://a.b/c?d=e#f, ok"), "see <http://a.b/c?d=e#f>, ok");
    EXPECT_EQ(entities("(https://a.b)."), "(<https://a.b>).");
    EXPECT_EQ(entities("https://a.b/x_(y)"), "<https://a.b/x_(y)>");
    EXPECT_EQ(entities("http:// https://. xhttp://a.b http"), "http:// https://. xhttp://a.b http");
    EXPECT_EQ(entities("mill: hi, MILL! milly, smill mill"), "[mill]: hi, [MILL]! milly, smill [mill]");
    EXPECT_EQ(entities("mill\xC3\xA9 mill-2 @mill"), "mill\xC3\xA9 mill-2 @[mill]");
    EXPECT_EQ(entities("_x: [_x], __x _X", "_x"), "[_x]: [_x], __x [_X]");
    EXPECT_EQ(entities("millmill mil", "mill"), "millmill mil");
    EXPECT_EQ(entities("x", ""), "x");
    EXPECT_EQ(entities("", "mill"), "");
    std::string many;
    for (int i = 0; i < 100; ++i) many += "mill ";
    std::vector<Span> spans;
    add_entities(many, "mill", spans);
    EXPECT_EQ(spans.size(), kSpansMax);
}

std::string text_of(std::string_view bytes, Fallback fallback = Fallback::windows_1252) {
    std::string storage;
    return std::string(as_text(bytes, fallback, storage));
}

TEST(IrcEncoding, FallsBackOnlyWhereItIsNotUtf8) {
    EXPECT_EQ(text_of("plain"), "plain");
    EXPECT_EQ(text_of("caf\xC3\xA9"), "caf\xC3\xA9");
    EXPECT_EQ(text_of("caf\xE9"), "caf\xC3\xA9");
    EXPECT_EQ(text_of("na\xEFve caf\xE9"), "na\xC3\xAFve caf\xC3\xA9");
    EXPECT_EQ(text_of("\x80 5"), "\xE2\x82\xAC 5");
    EXPECT_EQ(text_of("\x81"), "\xEF\xBF\xBD");
    EXPECT_EQ(text_of("\x80 5", Fallback::iso_8859_1), "\xC2\x80 5");
    EXPECT_EQ(text_of("caf\xE9!", Fallback::replacement), "caf\xEF\xBF\xBD!");
}

TEST(IrcEncoding, ACharacterThatTheServerHasCutSpoilsNotTheRest) {
    EXPECT_EQ(text_of("\xC3\xA9\xC3\xA9\xC3"), "\xC3\xA9\xC3\xA9\xEF\xBF\xBD");
    EXPECT_EQ(text_of("smile \xF0\x9F\x98"), "smile \xEF\xBF\xBD");
    EXPECT_EQ(text_of("smile \xF0\x9F"), "smile \xEF\xBF\xBD");
    EXPECT_EQ(text_of("\xC3\xA9 \xFF\xC3"), "\xC3\x83\xC2\xA9 \xC3\xBF\xC3\x83");  // There is more that is wrong.
}

TEST(IrcEncoding, AnythingBecomesUtf8) {
    const unsigned seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    for (int round = 0; round < 20'000; ++round) {
        std::string bytes(random() % 12, '\0');
        for (char& c : bytes) c = static_cast<char>(random() % 3 == 0 ? random() % 128 : random());
        for (const Fallback fallback : {Fallback::windows_1252, Fallback::iso_8859_1, Fallback::replacement}) {
            const std::string text = text_of(bytes, fallback);
            ASSERT_TRUE(is_utf8(text));
            if (is_utf8(bytes)) {
                ASSERT_EQ(text, bytes);
            }
        }
    }
}

TEST(IrcCtcp, IsTold) {
    EXPECT_FALSE(parse_ctcp("hello"));
    EXPECT_FALSE(parse_ctcp(""));
    EXPECT_EQ(parse_ctcp("\x01"
                         "ACTION waves  twice\x01")
                  ->params,
              "waves  twice");
    EXPECT_EQ(parse_ctcp("\x01"
                         "ACTION waves")
                  ->params,
              "waves");
    EXPECT_EQ(parse_ctcp("\x01"
                         "VERSION\x01")
                  ->command,
              "VERSION");
    EXPECT_EQ(parse_ctcp("\x01\x01")->command, "");
    EXPECT_EQ(parse_ctcp("\x01")->command, "");
    EXPECT_EQ(ctcp_answer({"VERSION", ""}, "Millrace 1"),
              "\x01"
              "VERSION Millrace 1\x01");
    EXPECT_EQ(ctcp_answer({"version", ""}, "Millrace 1"),
              "\x01"
              "VERSION Millrace 1\x01");
    EXPECT_EQ(ctcp_answer({"PING", "12 34"}, ""),
              "\x01"
              "PING 12 34\x01");
    EXPECT_EQ(ctcp_answer({"PING", std::string(65, '1')}, ""), std::nullopt);
    EXPECT_EQ(ctcp_answer({"PING",
                           "a\x01"
                           "b"},
                          ""),
              std::nullopt);
    EXPECT_EQ(ctcp_answer({"DCC", "SEND x"}, ""), std::nullopt);
    EXPECT_EQ(ctcp_answer({"", ""}, ""), std::nullopt);
}

TEST(IrcServerTime, IsReadAndWritten) {
    EXPECT_EQ(parse_server_time("1970-01-01T00:00:00.000Z"), 0);
    EXPECT_EQ(parse_server_time("2011-10-19T16:40:51.620Z"), 1'319'042'451'620'000);
    EXPECT_EQ(parse_server_time("2011-10-19T16:40:51Z"), 1'319'042'451'000'000);
    EXPECT_EQ(parse_server_time("2024-02-29T23:59:60.5Z"), 1'709'251'200'500'000);
    EXPECT_EQ(parse_server_time("2026-11-30T02:07:46.8061239Z"), 1'796'004'466'806'123);
    for (const std::string_view wrong :
         {"", "Z", "2011-10-19", "2011-10-19T16:40:51.620", "2011-13-19T16:40:51Z", "2011-02-29T16:40:51Z",
          "2011-10-00T16:40:51Z", "2011-10-19T24:40:51Z", "2011-10-19T16:60:51Z", "2011-10-19T16:40:61Z",
          "2011-10-19T16:40:51.Z", "2011-10-19T16:40:51.6x0Z", "2011-10-19 16:40:51Z", "1969-12-31T23:59:59Z",
          "2011-10-19T16:40:51+Z", "20111019T16:40:51.62Z", "1500000000.123456789Z"})
        EXPECT_EQ(parse_server_time(wrong), 0) << wrong;
    EXPECT_EQ(to_server_time(1'319'042'451'620'000), "2011-10-19T16:40:51.620Z");
    EXPECT_EQ(to_server_time(-5), "1970-01-01T00:00:00.000Z");
    std::mt19937_64 random(7);
    for (int i = 0; i < 10'000; ++i) {
        const auto us = static_cast<std::int64_t>(random() % 250'000'000'000'000) * 1000;
        ASSERT_EQ(parse_server_time(to_server_time(us)), us);
    }
}

TEST(IrcSasl, Chunks) {
    using namespace std::string_literals;
    using Chunks = std::vector<std::string>;
    EXPECT_EQ(authenticate_chunks("jilles\0jilles\0sesame"s), Chunks{"amlsbGVzAGppbGxlcwBzZXNhbWU="});
    EXPECT_EQ(authenticate_chunks(""), Chunks{"+"});
    EXPECT_EQ(authenticate_chunks("a"), Chunks{"YQ=="});
    EXPECT_EQ(authenticate_chunks("ab"), Chunks{"YWI="});
    EXPECT_EQ(authenticate_chunks("abc"), Chunks{"YWJj"});
    EXPECT_EQ(authenticate_chunks("\xFF\xFE\xFD"), Chunks{"//79"});
    const Chunks full = authenticate_chunks(std::string(300, 'x'));
    ASSERT_EQ(full.size(), 2u);
    EXPECT_EQ(full[0].size(), 400u);
    EXPECT_EQ(full[1], "+");
    const Chunks more = authenticate_chunks(std::string(301, 'x'));
    ASSERT_EQ(more.size(), 2u);
    EXPECT_EQ(more[1], "eA==");
}

TEST(IrcEnding, IsKnownByItsWords) {
    EXPECT_TRUE(ending_of("Closing Link: [K-Lined]").is_final);
    EXPECT_TRUE(ending_of("Closing link: (a@b) [You are banned from this server]").is_final);
    EXPECT_TRUE(ending_of("Access denied! (Bad password)").is_final);
    EXPECT_FALSE(ending_of("Closing link: (a@b) [Quit: bye]").is_final);
    EXPECT_FALSE(ending_of("Closing Link: a (Excess Flood)").is_final);
    EXPECT_EQ(ending_of("Closing Link: a (Excess Flood)").at_least_ms, 60'000);
    EXPECT_EQ(ending_of("Trying to reconnect too fast.").at_least_ms, 60'000);
    EXPECT_EQ(ending_of("Ping timeout: 120 seconds").at_least_ms, 0);
    EXPECT_EQ(ending_of("a\x02"
                        "b")
                  .why,
              "a\xEF\xBF\xBD"
              "b");
    EXPECT_LE(ending_of(std::string(5000, 'x')).why.size(), 300u);
}

}  // namespace
}  // namespace millrace::chat::irc
