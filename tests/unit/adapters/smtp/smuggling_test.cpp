#include <gtest/gtest.h>

#include <iostream>
#include <random>
#include <string>

#include "tests/unit/adapters/smtp/scripted_session.hpp"

// All that can be made of CR, LF, NUL and the dot around the end of a message, judged by a few lines that know nothing
// of how the server reads.
namespace millrace::smtp {
namespace {

using test::ScriptedSession;

constexpr std::string_view kSmuggled = "MAIL FROM:<evil@x>\r\nRCPT TO:<c@d>\r\n.\r\n";
constexpr std::string_view kMarks = std::string_view("\r\n\0.", 4);

std::string replaced(std::string text, std::string_view what, std::string_view by) {
    for (std::size_t at = 0; (at = text.find(what, at)) != text.npos; at += by.size())
        text.replace(at, what.size(), by);
    return text;
}

const Service& service() {
    static const Service kService([] {
        Settings settings;
        settings.session.errors_max = settings.session.errors_delayed = 1'000'000;
        return settings;
    }());
    return kService;
}

std::string answer(std::string_view begin, std::string_view rest, std::size_t chop) {
    ScriptedSession session(service(), {chop, false});
    session.send("EHLO a\r\n");
    for (std::size_t at = 0; at < begin.size();) {
        const std::size_t end = begin.find('\n', at) + 1;
        session.send(begin.substr(at, end - at));
        at = end;
    }
    session.transcript.clear();
    session.send(rest);
    return session.transcript;
}

std::string answer_to_data(std::string_view data, std::size_t chop) {
    return answer("MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n", data, chop);
}

// The message is what stands before the first CR LF . CR LF, and what follows that is commands.
std::string judged(const std::string& data) {
    const std::string whole = "\r\n" + data;
    const std::size_t end = whole.find("\r\n.\r\n");
    if (end == whole.npos) return "";
    const std::string text = whole.substr(2, end);
    const std::string bare = replaced(text, "\r\n", "|");
    std::string verdict;
    if (bare.find('\n') != bare.npos) {
        verdict = "550 5.5.2 Bare <LF> received\r\n{refused}";
    } else if (bare.find('\r') != bare.npos) {
        verdict = "550 5.5.2 Bare <CR> received\r\n{refused}";
    } else if (bare.find('\0') != bare.npos) {
        verdict = "550 5.5.2 <NUL> received\r\n{refused}";
    } else {
        const std::string unstuffed = replaced("\r\n" + text, "\r\n.", "\r\n").substr(2);
        verdict = "{mail a@b>c@d|" + test::shown(unstuffed) + "}250 2.0.0 Ok\r\n";
    }
    return verdict + answer("", whole.substr(end + 5), 1);
}

TEST(Smuggling, OnlyOneSequenceEndsAMessage) {
    int sequences = 0;
    int ends = 0;
    for (const std::string_view before : {"", "x", "x\r\n"}) {
        for (unsigned code = 0; code < 4096; ++code) {
            std::string marks;
            for (unsigned rest = code, i = 0; i < 6; ++i, rest /= 4) marks += kMarks[rest % 4];
            const std::string data = std::string(before) + marks + std::string(kSmuggled);
            const std::string expected = judged(data);
            ASSERT_EQ(answer_to_data(data, SIZE_MAX), expected) << test::shown(data);
            ASSERT_EQ(answer_to_data(data, 1), expected) << test::shown(data);
            ++sequences;
            ends += expected.find("250 2.1.0 Ok") != expected.npos ? 1 : 0;
        }
    }
    std::cout << sequences << " sequences, " << ends << " of them with an end\n";
    EXPECT_EQ(ends, 45);
}

TEST(Smuggling, WhereItIsCutMakesNoDifference) {
    for (const std::string_view marks : {"\n.\n", "\n.\r\n", "\r\n.\n", "\r.\r", "\r.\n", "\n.\r", "\r\n.\r", "\r.\r\n",
                                         "\r\r\n.\r\r\n", "\r\n.\r\n", "\r\n..\r\n", "\r\n.\r\r\n", "\n\r\n.\r\n"}) {
        const std::string data = "x" + std::string(marks) + std::string(kSmuggled);
        const std::string expected = judged(data);
        for (std::size_t cut = 1; cut < data.size(); ++cut) {
            ScriptedSession session(service(), {SIZE_MAX, false});
            for (const std::string_view line : {"EHLO a\r\n", "MAIL FROM:<a@b>\r\n", "RCPT TO:<c@d>\r\n", "DATA\r\n"})
                session.send(line);
            session.transcript.clear();
            session.send(data.substr(0, cut));
            session.send(data.substr(cut));
            ASSERT_EQ(session.transcript, expected) << test::shown(data) << " cut at " << cut;
        }
    }
}

// Long enough for the way that looks at many octets at once.
TEST(Smuggling, AtAnyPlaceOfALongMessage) {
    const auto seed = std::random_device{}();
    std::cout << "seed " << seed << '\n';
    std::mt19937 random(seed);
    for (int round = 0; round < 3000; ++round) {
        std::string data;
        for (std::size_t i = random() % 200; i > 0; --i) {
            const auto kind = static_cast<unsigned>(random() % 40);
            if (kind < 30)
                data += static_cast<char>('a' + kind % 26);
            else if (kind < 36)
                data += round % 3 == 0 ? "\r\n" : "\r\n..";
            else
                data += kMarks[kind % 4];
        }
        data += kSmuggled;
        const std::string expected = judged(data);
        for (const std::size_t chop : {SIZE_MAX, std::size_t{1}, std::size_t{1} + random() % 40})
            ASSERT_EQ(answer_to_data(data, chop), expected) << test::shown(data) << ", chopped to " << chop;
    }
}

}  // namespace
}  // namespace millrace::smtp
