#include "adapters/chat/irc/codec.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "adapters/chat/irc/tags.hpp"

namespace millrace::chat::irc {
namespace {

using Texts = std::vector<std::string>;

// A line's parts: tags, source, command, parameters.
Texts parts_of(const Line& line) {
    Texts parts{std::string(line.tags), std::string(line.source), std::string(line.command)};
    for (std::size_t i = 0; i < line.size; ++i) parts.emplace_back(line.params[i]);
    return parts;
}

Texts parsed(std::string_view text) {
    Line line;
    const LineFault fault = parse_line(text, line);
    return fault == LineFault::none ? parts_of(line) : Texts{to_string(fault)};
}

TEST(IrcLine, Parts) {
    const struct {
        std::string text;
        Texts parts;
    } rows[] = {
        {"PING", {"", "", "PING"}},
        {"ping x", {"", "", "ping", "x"}},
        {"PRIVMSG #ops :hello there", {"", "", "PRIVMSG", "#ops", "hello there"}},
        {"PRIVMSG #ops hello", {"", "", "PRIVMSG", "#ops", "hello"}},
        {"PRIVMSG #ops :", {"", "", "PRIVMSG", "#ops", ""}},
        {"PRIVMSG #ops ::)", {"", "", "PRIVMSG", "#ops", ":)"}},
        {"PRIVMSG #ops : spaced  out ", {"", "", "PRIVMSG", "#ops", " spaced  out "}},
        {"PRIVMSG  #ops   :two", {"", "", "PRIVMSG", "#ops", "two"}},
        {"JOIN #ops ", {"", "", "JOIN", "#ops"}},
        {"MODE #ops +o a:b", {"", "", "MODE", "#ops", "+o", "a:b"}},
        {":ann!~a@h.example JOIN :#ops", {"", "ann!~a@h.example", "JOIN", "#ops"}},
        {":irc.example  001 me :Welcome", {"", "irc.example", "001", "me", "Welcome"}},
        {":irc.example 366 me #ops :End of /NAMES list.",
         {"", "irc.example", "366", "me", "#ops", "End of /NAMES list."}},
        {"@a=1;b PRIVMSG x y", {"a=1;b", "", "PRIVMSG", "x", "y"}},
        {"@a=1  :n!u@h  PRIVMSG x y", {"a=1", "n!u@h", "PRIVMSG", "x", "y"}},
        {"@ PING", {"", "", "PING"}},
        {" PING x", {"", "", "PING", "x"}},
        {": PING", {"", "", "PING"}},
        {"PRIVMSG #a :\x01"
         "ACTION waves\x01",
         {"", "", "PRIVMSG", "#a", std::string("\x01") + "ACTION waves\x01"}},
        {"PRIVMSG #a :\xFF\xFE", {"", "", "PRIVMSG", "#a", "\xFF\xFE"}},
        {"A 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16",
         {"", "", "A", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15 16"}},
        {"A 1 2 3 4 5 6 7 8 9 10 11 12 13 14 :15 16",
         {"", "", "A", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15 16"}},
    };
    for (const auto& row : rows) EXPECT_EQ(parsed(row.text), row.parts) << row.text;
}

TEST(IrcLine, Faults) {
    using namespace std::string_literals;
    const struct {
        std::string text;
        LineFault fault;
    } rows[] = {
        {"", LineFault::empty},
        {"   ", LineFault::empty},
        {"@a=1", LineFault::no_command},
        {"@a=1 ", LineFault::no_command},
        {":ann", LineFault::no_command},
        {":ann ", LineFault::no_command},
        {"@a=1 :ann", LineFault::no_command},
        {"12 x", LineFault::no_command},
        {"1234 x", LineFault::no_command},
        {"1a2 x", LineFault::no_command},
        {"PRIV-MSG x", LineFault::no_command},
        {"P\xC3\xA9 x", LineFault::no_command},
        {"PRIVMSG x :a\0b"s, LineFault::control},
        {"PRIVMSG x :a\rb", LineFault::control},
        {"PRIVMSG x :a\nb", LineFault::control},
        {"@t=" + std::string(8191 - 4, 'x') + " PING", LineFault::none},
        {"@t=" + std::string(8191 - 3, 'x') + " PING", LineFault::too_long},
        {"A :" + std::string(4096 - 5, 'x'), LineFault::none},
        {"A :" + std::string(4096 - 4, 'x'), LineFault::too_long},
        {"@t " + std::string("A :") + std::string(4096 - 5, 'x'), LineFault::none},
    };
    for (const auto& row : rows) {
        Line line;
        EXPECT_EQ(parse_line(row.text, line), row.fault) << row.text.substr(0, 60) << " " << row.text.size();
    }
}

TEST(IrcLine, Sources) {
    const struct {
        std::string_view text, nick, user, host;
    } rows[] = {
        {"ann!~a@h.example", "ann", "~a", "h.example"},
        {"irc.example", "irc.example", "", ""},
        {"ann@h", "ann", "", "h"},
        {"ann!u", "ann", "u", ""},
        {"!u@h", "", "u", "h"},
        {"ann!u@h@i", "ann", "u", "h@i"},
        {"ann!a!b@h", "ann", "a!b", "h"},
        {"", "", "", ""},
    };
    for (const auto& row : rows) {
        const Source source = parse_source(row.text);
        EXPECT_EQ(source.nick, row.nick) << row.text;
        EXPECT_EQ(source.user, row.user) << row.text;
        EXPECT_EQ(source.host, row.host) << row.text;
    }
}

// All that a codec makes of a stream that comes in chops of `chop` bytes.
Texts stream(std::string bytes, std::size_t chop) {
    Texts texts;
    Codec codec;
    std::string buffer;
    for (std::size_t at = 0; at < bytes.size(); at += chop) {
        buffer += bytes.substr(at, chop);
        Input input{buffer.data(), buffer.data() + buffer.size()};
        for (Codec::Step step; (step = codec.take(input)) != Codec::Step::need_more;) {
            std::string text;
            if (step == Codec::Step::line) {
                for (const std::string& part : parts_of(codec.line())) (text += part) += '|';
            }
            texts.push_back(step == Codec::Step::line ? text : to_string(codec.fault()));
        }
        buffer.erase(0, static_cast<std::size_t>(input.begin - buffer.data()));
        EXPECT_LT(buffer.size(), kInputBytesMin);
    }
    return texts;
}

TEST(IrcCodec, TakesLinesOfAStreamInAnyChops) {
    const std::string bytes = "PING a\r\n\r\n:x 001 me :hi\n\n@t=1 NOTICE b :c\r\r\nbad- x\r\nPING " +
                              std::string(20'000, 'y') + "\r\nPING z\r\nPING unfinished";
    const Texts expected{"||PING|a|",
                         "|x|001|me|hi|",
                         "t=1||NOTICE|b|c|",
                         to_string(LineFault::no_command),
                         to_string(LineFault::too_long),
                         "||PING|z|"};
    for (const std::size_t chop : {1u, 2u, 3u, 7u, 4096u, 12'000u, 100'000u}) {
        SCOPED_TRACE("chop " + std::to_string(chop));
        EXPECT_EQ(stream(bytes, chop), expected);
    }
}

TEST(IrcCodec, AMegabyteWithoutALineEndTakesNoMemoryAndEndsNothing) {
    const Texts expected{to_string(LineFault::too_long), "||PING|a|"};
    EXPECT_EQ(stream(std::string(1 << 20, 'x') + "\nPING a\n", 4096), expected);
}

std::string written(std::string_view command, const std::vector<std::string_view>& params, std::string_view tags = {}) {
    std::string out;
    const LineFault fault = write_line(out, tags, command, params);
    if (fault == LineFault::none) return out;
    EXPECT_EQ(out, "");
    return to_string(fault);
}

TEST(IrcWriter, Writes) {
    EXPECT_EQ(written("PING", {}), "PING\r\n");
    EXPECT_EQ(written("NICK", {"ann"}), "NICK ann\r\n");
    EXPECT_EQ(written("PRIVMSG", {"#a", "b c"}), "PRIVMSG #a :b c\r\n");
    EXPECT_EQ(written("PRIVMSG", {"#a", ":)"}), "PRIVMSG #a ::)\r\n");
    EXPECT_EQ(written("TOPIC", {"#a", ""}), "TOPIC #a :\r\n");
    EXPECT_EQ(written("PRIVMSG", {"#a", "b"}, "label=1;+x=y"), "@label=1;+x=y PRIVMSG #a b\r\n");
    const std::string longest(512 - 14, 'x');
    EXPECT_EQ(written("PRIVMSG", {"#a", ":" + longest.substr(1)}).size(), 512u);
    EXPECT_EQ(written("PRIVMSG", {"#a", longest}).size(), 512u - 1);
}

TEST(IrcWriter, NobodyCanPutALineIntoALine) {
    using namespace std::string_literals;
    const char* const control = to_string(LineFault::control);
    const char* const param = to_string(LineFault::bad_param);
    const char* const command = to_string(LineFault::no_command);
    EXPECT_EQ(written("PRIVMSG", {"#a", "b\r\nQUIT"}), control);
    EXPECT_EQ(written("PRIVMSG", {"#a", "b\nQUIT"}), control);
    EXPECT_EQ(written("PRIVMSG", {"#a", "b\rQUIT"}), control);
    EXPECT_EQ(written("PRIVMSG", {"#a", "b\0c"s}), control);
    EXPECT_EQ(written("PRIVMSG", {"#a\nQUIT", "b"}), control);
    EXPECT_EQ(written("PRIVMSG", {"#a b", "c"}), param);
    EXPECT_EQ(written("PRIVMSG", {":a", "c"}), param);
    EXPECT_EQ(written("PRIVMSG", {"", "c"}), param);
    EXPECT_EQ(written("", {"x"}), command);
    EXPECT_EQ(written("QUIT x", {}), command);
    EXPECT_EQ(written("PRIV\r\nQUIT", {}), command);
    EXPECT_EQ(written(":ann", {"x"}), command);
    EXPECT_EQ(written("@t PING", {"x"}), command);
    EXPECT_EQ(written("12", {"x"}), command);
    EXPECT_EQ(written("PING", {"x"}, "a=1 b"), to_string(LineFault::bad_tag));
    EXPECT_EQ(written("PING", {"x"}, "a=1\r\nQUIT"), control);
    EXPECT_EQ(written("PRIVMSG", {"#a", std::string(512, 'x')}), to_string(LineFault::too_long));
    EXPECT_EQ(written("PING", {"x"}, "a=" + std::string(4096, 'x')), to_string(LineFault::too_long));
    EXPECT_EQ(written("A", std::vector<std::string_view>(16, "x")), to_string(LineFault::too_many_params));
}

// Whatever is written is read as the same, by its model: random parts.
TEST(IrcCodec, ReadsWhatItWrites) {
    const unsigned seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const auto pick = [&random](std::size_t count) {
        return std::uniform_int_distribution<std::size_t>(0, count - 1)(random);
    };
    constexpr std::string_view kBytes(" :;=\\@!,#a\x01\xC3\xA9\xF0\x9F\x98\x80\xFF\0", 19);
    int read = 0;
    for (int round = 0; round < 20'000; ++round) {
        const auto text = [&](std::size_t most) {
            std::string result;
            for (std::size_t size = pick(most + 1); result.size() < size;) result += kBytes[pick(kBytes.size())];
            return result;
        };
        Texts params(pick(kParamsMax + 1));
        for (std::string& it : params) it = text(6);
        std::string tags;
        Texts values;
        for (std::size_t count = pick(4); values.size() < count;) {
            values.push_back(text(8));
            if (append_tag(tags, "k" + std::to_string(values.size()), values.back()) != LineFault::none)
                values.pop_back(), count = values.size();
        }
        std::string out;
        const std::vector<std::string_view> views(params.begin(), params.end());
        if (write_line(out, tags, "PRIVMSG", views) != LineFault::none) continue;
        ++read;
        Codec codec;
        Input input{out.data(), out.data() + out.size()};
        ASSERT_EQ(codec.take(input), Codec::Step::line) << out;
        EXPECT_EQ(input.size(), 0u);
        Texts expected{tags, "", "PRIVMSG"};
        expected.insert(expected.end(), params.begin(), params.end());
        ASSERT_EQ(parts_of(codec.line()), expected) << out;
        TagReader reader(codec.line().tags);
        Tag tag;
        std::string storage;
        for (const std::string& value : values) {
            ASSERT_TRUE(reader.next(tag));
            ASSERT_EQ(unescaped(tag.value, storage), value);
        }
        ASSERT_FALSE(reader.next(tag));
    }
    EXPECT_GT(read, 2'000);
}

}  // namespace
}  // namespace millrace::chat::irc
