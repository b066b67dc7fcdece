#include "adapters/chat/slack/mrkdwn.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "adapters/common/utf8.hpp"

namespace millrace::chat::slack {
namespace {

using v1::Chat;

class Known final : public Names {
  public:
    std::string_view person(std::string_view id) const override { return id == "U1" ? "ada" : ""; }
    std::string_view room(std::string_view id) const override { return id == "C1" ? "ops" : ""; }
};

std::string name_of(Chat::Span::Kind kind) { return Chat::Span::Kind_Name(kind); }

// The plain text, and behind it each span: kind, begin, size, target.
std::string read(std::string_view mrkdwn) {
    std::string text;
    Spans spans;
    read_mrkdwn(mrkdwn, Known(), text, spans);
    for (const Chat::Span& span : spans) {
        text += "|" + name_of(span.kind()) + " " + std::to_string(span.begin()) + "+" + std::to_string(span.size());
        if (!span.target().empty()) text += " " + span.target();
    }
    return text;
}

TEST(SlackMrkdwn, Entities) {
    EXPECT_EQ(read("a &amp; b &lt;c&gt;"), "a & b <c>");
    EXPECT_EQ(read("&amp;lt;"), "&lt;");
    EXPECT_EQ(read("& &nbsp; &#38; &am"), "& &nbsp; &#38; &am");
}

TEST(SlackMrkdwn, PersonsRoomsAndLinks) {
    EXPECT_EQ(read("<@U1>"), "@ada|MENTION 0+4 U1");
    EXPECT_EQ(read("<@U2>"), "@U2|MENTION 0+3 U2");
    EXPECT_EQ(read("<@U2|bob>"), "@bob|MENTION 0+4 U2");
    EXPECT_EQ(read("<@U1|old>"), "@ada|MENTION 0+4 U1");
    EXPECT_EQ(read("in <#C1>!"), "in #ops!|ROOM 3+4 C1");
    EXPECT_EQ(read("<#C2|dev> <#C3>"), "#dev #C3|ROOM 0+4 C2|ROOM 5+3 C3");
    EXPECT_EQ(read("<!here> <!channel|@channel>"), "@here @channel|MENTION 0+5 here|MENTION 6+8 channel");
    EXPECT_EQ(read("<!subteam^S1|@team> <!subteam^S2>"), "@team @S2|MENTION 0+5 S1|MENTION 6+3 S2");
    EXPECT_EQ(read("<!date^1392734382^{date}|Feb 18>"), "Feb 18");
    EXPECT_EQ(read("<https://h.example/?a=1&amp;b=2>"), "https://h.example/?a=1&b=2|LINK 0+26");
    EXPECT_EQ(read("see <https://h.example/|the page &amp; more>"), "see the page & more|LINK 4+15 https://h.example/");
    EXPECT_EQ(read("<mailto:a@b.example|a@b.example>"), "a@b.example|LINK 0+11 mailto:a@b.example");
}

TEST(SlackMrkdwn, WhatIsNoControlStaysText) {
    EXPECT_EQ(read("<>"), "<>");
    EXPECT_EQ(read("a < b"), "a < b");
    EXPECT_EQ(read("<<@U1>"), "<@ada|MENTION 1+4 U1");
    EXPECT_EQ(read("<@U1"), "<@U1");
    EXPECT_EQ(read("<a\nb>"), "<a\nb>");
    EXPECT_EQ(read("<|x>"), "<|x>");
}

TEST(SlackMrkdwn, Marks) {
    EXPECT_EQ(read("*bold* _it_ ~no~"), "bold it no|BOLD 0+4|ITALIC 5+2|STRIKE 8+2");
    EXPECT_EQ(read("*a _b_ c*"), "a b c|BOLD 0+5|ITALIC 2+1");
    EXPECT_EQ(read("*<@U1>*"), "@ada|BOLD 0+4|MENTION 0+4 U1");
    EXPECT_EQ(read("2*3*4 snake_case_name"), "2*3*4 snake_case_name");
    EXPECT_EQ(read("* a* *b *"), "* a* *b *");
    EXPECT_EQ(read("*a\nb*"), "*a\nb*");
    EXPECT_EQ(read("** **"), "** **");
    EXPECT_EQ(read("*ü*"), "ü|BOLD 0+2");
}

TEST(SlackMrkdwn, Code) {
    EXPECT_EQ(read("`*x* &lt;`"), "*x* <|CODE 0+5");
    EXPECT_EQ(read("```a\n_b_```"), "a\n_b_|CODE 0+5");
    EXPECT_EQ(read("`a` `b`"), "a b|CODE 0+1|CODE 2+1");
    EXPECT_EQ(read("`open"), "`open");
    EXPECT_EQ(read("``````"), "``````");
}

TEST(SlackMrkdwn, Quotes) {
    EXPECT_EQ(read("&gt; a\nb"), "a\nb|QUOTE 0+1");
    EXPECT_EQ(read("x\n&gt;*a*"), "x\na|QUOTE 2+1|BOLD 2+1");
    EXPECT_EQ(read("&gt;&gt;&gt;a\nb"), "a\nb|QUOTE 0+3");
    EXPECT_EQ(read("a &gt; b"), "a > b");
}

TEST(SlackMrkdwn, Emoji) {
    EXPECT_EQ(read(":tada: at 10:30:45 :+1:"), ":tada: at 10:30:45 :+1:|EMOJI 0+6 tada|EMOJI 19+4 +1");
    EXPECT_EQ(read("a:b:c ::"), "a:b:c ::");
}

TEST(SlackMrkdwn, SpansAreBounded) {
    std::string text;
    for (int i = 0; i < 2 * kSpansMax; ++i) text += "*a* ";
    std::string plain;
    Spans spans;
    read_mrkdwn(text, Known(), plain, spans);
    EXPECT_EQ(spans.size(), kSpansMax);
    EXPECT_EQ(plain.substr(0, 4), "a a ");
}

TEST(SlackMrkdwn, WhoIsMentioned) {
    EXPECT_EQ(mentioned("<@U1> <@U2|b> <@U1> <@> <@U3", 8), (std::vector<std::string>{"U1", "U2"}));
    EXPECT_EQ(mentioned("<@U1><@U2><@U3>", 2), (std::vector<std::string>{"U1", "U2"}));
}

Chat::Span span(Chat::Span::Kind kind, unsigned begin, unsigned size, std::string target = {}) {
    Chat::Span it;
    it.set_kind(kind);
    it.set_begin(begin);
    it.set_size(size);
    it.set_target(std::move(target));
    return it;
}

std::string written(std::string_view text, std::initializer_list<Chat::Span> list) {
    Spans spans;
    for (const Chat::Span& it : list) *spans.Add() = it;
    return write_mrkdwn(text, spans);
}

TEST(SlackMrkdwn, Written) {
    using Span = Chat::Span;
    EXPECT_EQ(written("a <b> & c", {}), "a &lt;b&gt; &amp; c");
    EXPECT_EQ(written("bold it", {span(Span::BOLD, 0, 4), span(Span::ITALIC, 5, 2)}), "*bold* _it_");
    EXPECT_EQ(written("a b c", {span(Span::ITALIC, 2, 1), span(Span::BOLD, 0, 5)}), "*a _b_ c*");
    EXPECT_EQ(written("x < y", {span(Span::CODE, 0, 5), span(Span::BOLD, 0, 1)}), "`x &lt; y`");
    EXPECT_EQ(written("a\nb", {span(Span::CODE, 0, 3)}), "```a\nb```");
    EXPECT_EQ(written("hi Ada", {span(Span::MENTION, 3, 3, "U1")}), "hi <@U1>");
    EXPECT_EQ(written("@here", {span(Span::MENTION, 0, 5, "here")}), "<!here>");
    EXPECT_EQ(written("@team", {span(Span::MENTION, 0, 5, "S1")}), "<!subteam^S1>");
    EXPECT_EQ(written("#ops", {span(Span::ROOM, 0, 4, "C1")}), "<#C1>");
    EXPECT_EQ(written("the page", {span(Span::LINK, 4, 4, "https://h/?a&b")}), "the <https://h/?a&amp;b|page>");
    EXPECT_EQ(written("https://h/", {span(Span::LINK, 0, 10)}), "<https://h/>");
    EXPECT_EQ(written("wow", {span(Span::EMOJI, 0, 3, "tada")}), ":tada:");
    EXPECT_EQ(written("a\nb", {span(Span::QUOTE, 0, 3)}), ">a\n>b");
}

TEST(SlackMrkdwn, SpansThatDoNotFitAreLeftOut) {
    using Span = Chat::Span;
    EXPECT_EQ(written("abc", {span(Span::BOLD, 2, 2)}), "abc");
    EXPECT_EQ(written("abc", {span(Span::BOLD, 0, 0)}), "abc");
    EXPECT_EQ(written("äbc", {span(Span::BOLD, 1, 2)}), "äbc");
    EXPECT_EQ(written("abcd", {span(Span::BOLD, 0, 2), span(Span::ITALIC, 1, 2)}), "*ab*cd");
    EXPECT_EQ(written("x", {span(Span::MENTION, 0, 1, "U1> <!channel")}), "x");
    EXPECT_EQ(written("x", {span(Span::LINK, 0, 1, "http://h/|y>")}), "x");
    EXPECT_EQ(written("x", {span(Span::BOLD, 4'294'967'295u, 2)}), "x");
}

TEST(SlackMrkdwn, ALinkCallsNobody) {
    using Span = Chat::Span;
    for (const char* target : {"!channel", "@U1", "#C1", "channel", "1:2", ":x", ""})
        EXPECT_EQ(written("click", {span(Span::LINK, 0, 5, target)}), "click") << target;
    EXPECT_EQ(written("!channel", {span(Span::LINK, 0, 8)}), "!channel");
    EXPECT_EQ(written("*b*", {span(Span::LINK, 0, 3, "!here"), span(Span::BOLD, 1, 1)}), "**b**");
    EXPECT_EQ(written("mail", {span(Span::LINK, 0, 4, "MailTo:a@b.example")}), "<MailTo:a@b.example|mail>");
    EXPECT_EQ(written("x", {span(Span::LINK, 0, 1, "git+ssh://h/")}), "<git+ssh://h/|x>");
}

TEST(SlackMrkdwn, WrittenSpansAreBounded) {
    using Span = Chat::Span;
    Spans nested;
    for (int i = 0; i < 300'000; ++i) *nested.Add() = span(i % 2 == 0 ? Span::BOLD : Span::ITALIC, 0, 1);
    EXPECT_EQ(write_mrkdwn("x", nested), "*_*_*_*_*_*_*_*_x_*_*_*_*_*_*_*_*");
    std::string text;
    Spans side_by_side;
    for (unsigned i = 0; i < 2 * kSpansMax; ++i) {
        *side_by_side.Add() = span(Span::BOLD, i, 1);
        text += 'x';
    }
    EXPECT_EQ(std::ranges::count(write_mrkdwn(text, side_by_side), '*'), 2 * kSpansMax);
}

TEST(SlackMrkdwn, SpansOfAPiece) {
    using Span = Chat::Span;
    Spans spans;
    *spans.Add() = span(Span::BOLD, 0, 10);
    *spans.Add() = span(Span::MENTION, 4, 4, "U1");
    *spans.Add() = span(Span::ITALIC, 8, 2);
    const Spans piece = spans_of_piece(spans, 6, 10);
    ASSERT_EQ(piece.size(), 2);
    EXPECT_EQ(piece[0].begin(), 0u);
    EXPECT_EQ(piece[0].size(), 4u);
    EXPECT_EQ(piece[1].kind(), Span::ITALIC);
    EXPECT_EQ(piece[1].begin(), 2u);
}

TEST(SlackMrkdwn, AnyBytesAreReadInTheirOwnTime) {
    std::string text;
    for (int i = 0; i < 20'000; ++i) text += "*_~`<:&>";
    std::string plain;
    Spans spans;
    read_mrkdwn(text, Known(), plain, spans);
    EXPECT_TRUE(is_utf8(plain));
}

// Read anew for each of them it would take longer than a test may.
TEST(SlackMrkdwn, OneEndOfManyControlsIsLookedForOnce) {
    const std::string text = std::string(8 << 20, '<') + ">";
    std::string plain;
    Spans spans;
    read_mrkdwn(text, Known(), plain, spans);
    EXPECT_EQ(plain, text);
    EXPECT_EQ(read("<@U1> <@U1> > <@U1"), "@ada @ada > <@U1|MENTION 0+4 U1|MENTION 5+4 U1");
}

}  // namespace
}  // namespace millrace::chat::slack
