#include "adapters/common/mail_replies.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace millrace {
namespace {

const char* word_of(Fate fate) {
    constexpr const char* kWords[] = {"sent", "rejected", "retry", "unknown"};
    return kWords[static_cast<int>(fate)];
}

// `sent 250 2.0.0 queued`, a line a recipient.
std::string to_text(const std::vector<MailFate>& fates) {
    std::ostringstream text;
    for (const MailFate& it : fates) {
        text << word_of(it.fate) << ' ' << it.code << ' ' << (it.enhanced.empty() ? "-" : it.enhanced) << ' ' << it.text
             << '\n';
    }
    return text.str();
}

// The lines of a session; `|` is begin(), `$` finish_content().
MailReplies replies_of(std::size_t recipients, const char* script) {
    MailReplies replies(recipients);
    std::istringstream lines(script);
    for (std::string line; std::getline(lines, line);) {
        if (line == "|")
            replies.begin();
        else if (line == "$")
            replies.finish_content();
        else
            replies.take_line(line);
    }
    return replies;
}

TEST(MailReplies, EachRecipientHasAFate) {
    struct Case {
        const char* what;
        std::size_t recipients;
        const char* script;
        const char* fates;
    };
    const Case cases[] = {
        {"all is well", 2,
         "220 hi\n250 me\n|\n250 2.1.0 ok\n250 2.1.5 a\n250 2.1.5 b\n354 go\n$\n250 2.0.0 queued as 4A",
         "sent 250 2.0.0 queued as 4A\nsent 250 2.0.0 queued as 4A\n"},
        {"no status", 1, "|\n250 ok\n250 ok\n354 go\n$\n250 taken", "sent 250 - taken\n"},
        {"no words", 1, "|\n250\n250\n354\n$\n250", "sent 250 - \n"},
        {"several lines", 1, "|\n250 ok\n250 ok\n354 go\n$\n250-2.0.0 queued\n250-2.0.0 as\n250 2.0.0 4A\n",
         "sent 250 2.0.0 queued as 4A\n"},
        {"one is not there", 2, "|\n250 ok\n550 5.1.1 no such user\n250 ok\n354 go\n$\n250 ok",
         "rejected 550 5.1.1 no such user\nsent 250 - ok\n"},
        {"one not now", 2, "|\n250 ok\n250 ok\n451 4.7.1 greylisted\n354 go\n$\n250 ok",
         "sent 250 - ok\nretry 451 4.7.1 greylisted\n"},
        {"too many", 1, "|\n250 ok\n552 too many\n", "retry 552 - too many\n"},
        {"none is there", 2, "|\n250 ok\n550 no\n551 no\n", "rejected 550 - no\nrejected 551 - no\n"},
        {"the sender is refused", 2, "|\n550 5.7.1 not you\n",
         "rejected 550 5.7.1 not you\nrejected 550 5.7.1 not you\n"},
        {"too large", 1, "|\n552 5.3.4 too large\n", "rejected 552 5.3.4 too large\n"},
        {"MAIL not now", 1, "|\n421 4.3.2 going down\n", "retry 421 4.3.2 going down\n"},
        {"DATA is refused", 1, "|\n250 ok\n250 ok\n554 no\n", "rejected 554 - no\n"},
        {"DATA not now", 1, "|\n250 ok\n250 ok\n451 no\n", "retry 451 - no\n"},
        {"DATA is not understood", 1, "|\n250 ok\n250 ok\n250 what\n", "rejected 250 - what\n"},
        {"refused at the end", 1, "|\n250 ok\n250 ok\n354 go\n$\n554 5.6.0 spam", "rejected 554 5.6.0 spam\n"},
        {"552 at the end", 1, "|\n250 ok\n250 ok\n354 go\n$\n552 5.2.2 full", "rejected 552 5.2.2 full\n"},
        {"not now at the end", 1, "|\n250 ok\n250 ok\n354 go\n$\n452 4.3.1 full", "retry 452 4.3.1 full\n"},
        {"no answer at the end", 2, "|\n250 ok\n250 ok\n550 no\n354 go\n$\n", "unknown 0 - gone\nrejected 550 - no\n"},
        {"half an answer at the end", 1, "|\n250 ok\n250 ok\n354 go\n$\n250-queued\n", "unknown 0 - gone\n"},
        {"an end within the content", 1, "|\n250 ok\n250 ok\n354 go\n", "retry 0 - gone\n"},
        {"an end before DATA", 2, "|\n250 ok\n250 ok\n", "retry 0 - gone\nretry 0 - gone\n"},
        {"an end before DATA, and no content", 1, "|\n250 ok\n250 ok\n$\n", "retry 0 - gone\n"},
        {"an end before MAIL", 1, "220 hi\n250 me\n|\n", "retry 0 - gone\n"},
        {"no connection", 1, "", "retry 0 - gone\n"},
        {"no login", 1, "220 hi\n250-me\n250 AUTH PLAIN\n535 5.7.8 wrong\n", "retry 535 5.7.8 gone: wrong\n"},
        {"no greeting", 1, "554 5.7.1 go away\n", "retry 554 5.7.1 gone: go away\n"},
        {"lines that are none", 1, "|\n25\nhello\n2x0 a\n250_ok\n250 ok\n250 ok\n354 go\n$\n250 done\n",
         "sent 250 - done\n"},
        {"more than was asked for", 1, "|\n250 ok\n250 ok\n354 go\n$\n250 done\n550 no\n", "sent 250 - done\n"},
        {"a status of another class", 1, "|\n250 ok\n250 ok\n354 go\n$\n550 4.2.0 odd\n", "rejected 550 4.2.0 odd\n"},
        {"what is no status", 1, "|\n250 ok\n250 ok\n354 go\n$\n250 2.0 a\n", "sent 250 - 2.0 a\n"},
        {"what is no status either", 1, "|\n250 ok\n250 ok\n354 go\n$\n250 3.0.0 a\n", "sent 250 - 3.0.0 a\n"},
        {"nor this", 1, "|\n250 ok\n250 ok\n354 go\n$\n250 2.0.0x\n", "sent 250 - 2.0.0x\n"},
        {"nor with four digits", 1, "|\n250 ok\n250 ok\n354 go\n$\n250 2.0.1234 a\n", "sent 250 - 2.0.1234 a\n"},
        {"three digits", 1, "|\n250 ok\n250 ok\n354 go\n$\n250 2.123.456 a\n", "sent 250 2.123.456 a\n"},
    };
    for (const Case& it : cases)
        EXPECT_EQ(to_text(replies_of(it.recipients, it.script).fates("gone")), it.fates) << it.what;
}

TEST(MailReplies, KnowsWhenNothingMoreMatters) {
    EXPECT_FALSE(replies_of(1, "220 hi\n").is_decided());
    EXPECT_FALSE(replies_of(1, "|\n250 ok\n").is_decided());
    EXPECT_TRUE(replies_of(1, "|\n550 no\n").is_decided());
    EXPECT_FALSE(replies_of(2, "|\n250 ok\n550 no\n").is_decided());
    EXPECT_TRUE(replies_of(2, "|\n250 ok\n550 no\n550 no\n").is_decided());
    EXPECT_FALSE(replies_of(1, "|\n250 ok\n250 ok\n354 go\n$\n").is_decided());
    EXPECT_TRUE(replies_of(1, "|\n250 ok\n250 ok\n354 go\n$\n451 no\n").is_decided());
}

TEST(MailReplies, KnowsTheExtensionByItsName) {
    EXPECT_TRUE(replies_of(1, "220 hi\n250-me\n250-SMTPUTF8\n250 HELP\n").knows_smtputf8());
    EXPECT_TRUE(replies_of(1, "250 smtputf8\n").knows_smtputf8());
    EXPECT_FALSE(replies_of(1, "250-SMTPUTF8X\n250 SMTPUTF\n").knows_smtputf8());
    EXPECT_FALSE(replies_of(1, "|\n250 SMTPUTF8\n").knows_smtputf8());
}

TEST(MailReplies, KeepsTheBeginningOfALongReply) {
    MailReplies replies(1);
    replies.begin();
    for (int i = 0; i < 10'000; ++i) replies.take_line("550-" + std::string(100, 'x') + "\r\n");
    replies.take_line("550 end\r\n");
    const MailFate fate = replies.fates("").at(0);
    EXPECT_EQ(fate.code, 550);
    EXPECT_LE(fate.text.size(), MailReplies::kTextMax_bytes);
    EXPECT_GE(fate.text.size(), MailReplies::kTextMax_bytes - 1);
}

}  // namespace
}  // namespace millrace
