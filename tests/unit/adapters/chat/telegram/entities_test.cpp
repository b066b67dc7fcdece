#include "adapters/chat/telegram/entities.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <random>

#include "adapters/chat/common/splitting.hpp"
#include "adapters/chat/telegram/pieces.hpp"
#include "adapters/chat/telegram/utf16.hpp"
#include "adapters/common/utf8.hpp"

namespace millrace::chat::telegram {
namespace {

constexpr Account kMe{"99", "Mill_Bot"};

std::string shown(const Spans& spans) {
    std::string all;
    for (const v1::Chat::Span& span : spans) {
        if (!all.empty()) all += ' ';
        all += v1::Chat::Span::Kind_Name(span.kind()) + "@" + std::to_string(span.begin()) + "+" +
               std::to_string(span.size());
        if (!span.target().empty()) all += "=" + span.target();
    }
    return all;
}

std::string read(const std::string& entities, std::string_view text) {
    const boost::json::value value = boost::json::parse(entities);
    Spans spans;
    read_entities(JsonView(value), text, kMe, spans);
    return shown(spans);
}

Spans spans_of(std::initializer_list<std::tuple<v1::Chat::Span::Kind, unsigned, unsigned, const char*>> all) {
    Spans spans;
    for (const auto& [kind, begin, size, target] : all) {
        v1::Chat::Span& span = *spans.Add();
        span.set_kind(kind);
        span.set_begin(begin);
        span.set_size(size);
        span.set_target(target);
    }
    return spans;
}

TEST(TelegramEntities, PlacesAreUtf16Units) {
    struct Row {
        std::string text;
        int offset, length;
        std::string expected;  // The place in bytes; empty: there is none.
    };
    const Row rows[] = {
        {"abc", 1, 1, "BOLD@1+1"},
        {"abc", 0, 3, "BOLD@0+3"},
        {"aé", 1, 1, "BOLD@1+2"},
        {"€x", 0, 1, "BOLD@0+3"},
        {"€x", 1, 1, "BOLD@3+1"},
        {"🌊x", 0, 2, "BOLD@0+4"},
        {"🌊x", 2, 1, "BOLD@4+1"},
        {"x🌊🌊y", 1, 4, "BOLD@1+8"},
        {"👨‍👩‍👧 f", 0, 8, "BOLD@0+18"},  // Three persons and two joiners.
        {"🌊x", 1, 1, ""},                             // From within a character,
        {"🌊x", 0, 1, ""},                             // to within one,
        {"abc", 1, 3, ""},                            // beyond the end,
        {"abc", 3, 1, ""},                            // behind it.
        {"", 0, 1, ""},
        {"abc", 0, 0, ""},
        {"abc", -1, 2, ""},
        {"abc", 1, -1, ""},
    };
    for (const Row& row : rows) {
        const std::string entities = R"([{"type":"bold","offset":)" + std::to_string(row.offset) + R"(,"length":)" +
                                     std::to_string(row.length) + "}]";
        EXPECT_EQ(read(entities, row.text), row.expected) << row.text << " " << entities;
    }
}

TEST(TelegramEntities, EachTypeIsASpan) {
    const std::pair<const char*, const char*> rows[] = {
        {R"("type":"bold")", "BOLD@0+9"},
        {R"("type":"italic")", "ITALIC@0+9"},
        {R"("type":"underline")", "UNDERLINE@0+9"},
        {R"("type":"strikethrough")", "STRIKE@0+9"},
        {R"("type":"spoiler")", "SPOILER@0+9"},
        {R"("type":"code")", "CODE@0+9"},
        {R"("type":"pre","language":"cpp")", "CODE@0+9=cpp"},
        {R"("type":"blockquote")", "QUOTE@0+9"},
        {R"("type":"expandable_blockquote")", "QUOTE@0+9"},
        {R"("type":"text_link","url":"https://a.example/")", "LINK@0+9=https://a.example/"},
        {R"("type":"url")", "LINK@0+9"},
        {R"("type":"email")", "LINK@0+9=mailto:@mill_bot"},
        {R"("type":"phone_number")", "LINK@0+9=tel:@mill_bot"},
        {R"("type":"text_mention","user":{"id":42,"is_bot":false})", "MENTION@0+9=42"},
        {R"("type":"mention")", "MENTION@0+9=99"},
        {R"("type":"custom_emoji","custom_emoji_id":"5368")", "EMOJI@0+9=5368"},
        {R"("type":"hashtag")", ""},
        {R"("type":"bot_command")", ""},
        {R"("type":"new")", ""},
        {R"("type":7)", ""},
        {R"("no":"type")", ""},
        {R"("type":"text_mention","user":7)", "MENTION@0+9"},
    };
    for (const auto& [members, expected] : rows)
        EXPECT_EQ(read(std::string("[{") + members + R"(,"offset":0,"length":9}])", "@mill_bot"), expected) << members;
    EXPECT_EQ(read(R"([{"type":"mention","offset":0,"length":4}])", "@ada"), "MENTION@0+4");
}

TEST(TelegramEntities, WrongShapesAreLeftOut) {
    for (const char* entities :
         {"7", "{}", "\"x\"", "null", "[7]", "[[]]", "[null]", R"([{"type":"bold"}])",
          R"([{"type":"bold","offset":"x","length":1}])", R"([{"type":"bold","offset":0.5,"length":1}])",
          R"([{"type":"bold","offset":9223372036854775807,"length":9223372036854775807}])",
          R"([{"type":"bold","offset":1e300,"length":1}])"})
        EXPECT_EQ(read(entities, "abc"), "") << entities;
}

TEST(TelegramEntities, AreInOrderAndBounded) {
    EXPECT_EQ(read(R"([{"type":"italic","offset":2,"length":1},{"type":"bold","offset":0,"length":3}])", "abc"),
              "BOLD@0+3 ITALIC@2+1");
    std::string many = "[";
    for (int i = 0; i < 5'000; ++i) many += std::string(i ? "," : "") + R"({"type":"bold","offset":0,"length":1})";
    const boost::json::value value = boost::json::parse(many + "]");
    Spans spans;
    read_entities(JsonView(value), "abc", kMe, spans);
    EXPECT_EQ(spans.size(), kSpansMax);
}

TEST(TelegramEntities, AreWritten) {
    using Span = v1::Chat::Span;
    const std::string text = "🌊 bold and code\nmore";
    const Spans spans = spans_of({{Span::BOLD, 5, 4, ""},
                                  {Span::LINK, 0, 4, "https://a.example/"},
                                  {Span::LINK, 5, 4, ""},  // The server finds it by itself.
                                  {Span::CODE, 14, 4, ""},
                                  {Span::CODE, 14, 9, ""},  // Of two lines.
                                  {Span::MENTION, 0, 4, "42"},
                                  {Span::MENTION, 0, 4, "ada"},  // No id of Telegram's.
                                  {Span::ROOM, 0, 4, "1"},       // There are none.
                                  {Span::BOLD, 1, 4, ""},        // From within a character,
                                  {Span::BOLD, 5, 400, ""},      // to beyond the end.
                                  {Span::EMOJI, 0, 4, "536"}});
    EXPECT_EQ(boost::json::serialize(write_entities(spans, text, 0, text.size())),
              R"([{"type":"bold","offset":3,"length":4},)"
              R"({"type":"text_link","url":"https://a.example/","offset":0,"length":2},)"
              R"({"type":"code","offset":12,"length":4},{"type":"pre","offset":12,"length":9},)"
              R"({"type":"text_mention","user":{"id":42,"is_bot":false,"first_name":""},"offset":0,"length":2},)"
              R"({"type":"custom_emoji","custom_emoji_id":"536","offset":0,"length":2}])");
    EXPECT_EQ(boost::json::serialize(write_entities(spans_of({{Span::BOLD, 5, 8, ""}}), text, 7, 3)),
              R"([{"type":"bold","offset":0,"length":3}])");
}

TEST(TelegramPieces, DoNotCutSpans) {
    using Span = v1::Chat::Span;
    const auto cut = [](const std::string& text, const Spans& spans, std::size_t max) {
        std::vector<std::string> pieces;
        for (const Piece& piece : pieces_of(text, spans, max)) pieces.push_back(text.substr(piece.begin, piece.size));
        return pieces;
    };
    using Pieces = std::vector<std::string>;
    EXPECT_EQ(cut("one two three", {}, 8), (Pieces{"one two ", "three"}));
    EXPECT_EQ(cut("one two three", spans_of({{Span::BOLD, 4, 9, ""}}), 8 + 1), (Pieces{"one ", "two three"}));
    EXPECT_EQ(cut("one two three", spans_of({{Span::BOLD, 4, 9, ""}, {Span::ITALIC, 2, 3, ""}}), 11),
              (Pieces{"on", "e two three"}));
    EXPECT_EQ(cut("aaaaaaaaaa", spans_of({{Span::CODE, 0, 10, ""}}), 4), (Pieces{"aaaa", "aaaa", "aa"}));
    EXPECT_EQ(cut("aa\nbbbbb cc", spans_of({{Span::CODE, 0, 8, ""}}), 9), (Pieces{"aa\nbbbbb", " cc"}));
    EXPECT_EQ(cut("aaaa bbbb cccc", spans_of({{Span::CODE, 0, 14, ""}, {Span::BOLD, 7, 4, ""}}), 9),
              (Pieces{"aaaa ", "bbbb cccc"}))
        << "one is too long, and the other is kept";
    EXPECT_EQ(cut("🌊🌊🌊", {}, 3), (Pieces{"🌊", "🌊", "🌊"}));
    EXPECT_EQ(cut("🌊🌊🌊", {}, 4), (Pieces{"🌊🌊", "🌊"}));
    EXPECT_EQ(cut("a\n   \nb", {}, 2), (Pieces{"a\n", "b"}));
    EXPECT_EQ(cut("   ", {}, 2), Pieces{});
    EXPECT_EQ(cut("", {}, 2), Pieces{});
}

TEST(TelegramPieces, HoldForAnyTextAndSpans) {
    const unsigned seed = std::random_device()();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const auto below = [&random](std::size_t end) { return static_cast<unsigned>(random() % end); };
    const char* const parts[] = {"a", "é", "€", "🌊", " ", "\n", "word "};
    for (int round = 0; round < 500; ++round) {
        std::string text;
        for (unsigned i = below(60); i > 0; --i) text += parts[below(std::size(parts))];
        Spans spans;
        for (unsigned i = below(5); i > 0; --i) {
            v1::Chat::Span& span = *spans.Add();
            span.set_kind(v1::Chat::Span::BOLD);
            span.set_begin(below(70));
            span.set_size(below(20));
        }
        const std::size_t max = 2 + below(20);
        std::size_t end = 0;
        for (const Piece& piece : pieces_of(text, spans, max)) {
            const std::string part = text.substr(piece.begin, piece.size);
            ASSERT_GE(piece.begin, end);
            ASSERT_EQ(text.substr(end, piece.begin - end).find_first_not_of(" \n"), std::string::npos);
            ASSERT_TRUE(is_utf8(part));
            ASSERT_LE(utf16_units(part), max);
            end = piece.begin + piece.size;
            for (const v1::Chat::Span& span : spans) {
                const std::size_t span_end = std::size_t{span.begin()} + span.size();
                const bool is_cut = span.begin() < end && end < span_end && end != text.size();
                if (is_cut && is_border(text, span.begin())) {
                    EXPECT_LE(span.begin(), piece.begin);
                }
            }
            for (const auto& entity : write_entities(spans, text, piece.begin, piece.size)) {
                const auto& object = entity.as_object();
                const auto begin = object.at("offset").to_number<std::size_t>();
                ASSERT_LE(begin + object.at("length").to_number<std::size_t>(), utf16_units(part));
            }
        }
        ASSERT_EQ(text.substr(end).find_first_not_of(" \n"), std::string::npos);
    }
}

}  // namespace
}  // namespace millrace::chat::telegram
