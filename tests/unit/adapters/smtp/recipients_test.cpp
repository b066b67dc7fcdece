#include "adapters/smtp/recipients.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace millrace::smtp {
namespace {

Mailbox mailbox(std::string path) {
    Mailbox taken;
    path = "<" + path + ">";
    std::string_view rest = path;
    EXPECT_TRUE(take_path(rest, PathKind::forward, taken)) << path;
    return taken;
}

TEST(Recipients, AreTakenAsTheListSays) {
    struct Row {
        std::vector<const char*> list;
        const char* recipient;
        bool is_taken;
    };
    const std::vector<Row> rows = {
        {{}, "ada@in.example.com", false},
        {{"ada@in.example.com"}, "ada@in.example.com", true},
        {{"ada@in.example.com"}, "Ada@IN.example.COM", true},
        {{"ADA@In.Example.Com"}, "ada@in.example.com", true},
        {{"ada@in.example.com"}, "ada@example.com", false},
        {{"ada@in.example.com"}, "ada@in.example.com.org", false},
        {{"ada@in.example.com"}, "bada@in.example.com", false},
        {{"ada@in.example.com"}, "ada+x@in.example.com", false},
        {{"ada@in.example.com", "bob@in.example.com"}, "bob@in.example.com", true},
        {{"ada@in.example.com"}, "\"ada\"@in.example.com", true},  // The same mailbox, RFC 5321 §4.1.2.
        {{"ada@in.example.com"}, "\"ada@in.example.com\"@evil.example", false},
        {{"ada@in.example.com"}, "@relay.example,@in.example.com:ada@in.example.com", true},
        {{"*@in.example.com"}, "anybody@in.example.com", true},
        {{"*@in.example.com"}, "\"a b\"@in.example.com", true},
        {{"*@in.example.com"}, "\"x@in.example.com\"@evil.example", false},
        {{"*@in.example.com"}, "x@sub.in.example.com", false},
        {{"*@in.example.com"}, "x@evilin.example.com", false},
        {{"*@*.example.com"}, "x@a.b.example.com", true},
        {{"*@*.example.com"}, "x@example.com", false},
        {{"support+*@in.example.com"}, "support+blue@in.example.com", true},
        {{"support+*@in.example.com"}, "SUPPORT+@in.example.com", true},
        {{"support+*@in.example.com"}, "support@in.example.com", false},
        {{"a*b*c@in.example.com"}, "aXbYbZc@in.example.com", true},
        {{"a*b*c@in.example.com"}, "aXc@in.example.com", false},
        {{"a*b*c@in.example.com"}, "abcd@in.example.com", false},
        {{"a**@in.example.com"}, "a@in.example.com", true},
        {{"*a@in.example.com"}, "aaab@in.example.com", false},
        {{"*@*"}, "x@anywhere.example", true},
        {{"*@*"}, "Postmaster", false},
        {{"*@in.example.com"}, "Postmaster", false},
        {{"postmaster"}, "Postmaster", true},
        {{"PostMaster"}, "POSTMASTER", true},
        {{"postmaster"}, "postmaster@in.example.com", false},
        {{"postmaster@in.example.com"}, "Postmaster", false},
        {{"*@[192.0.2.1]"}, "x@[192.0.2.1]", true},
        {{"*@in.example.com"}, "x@[192.0.2.1]", false},
        {{"gr\xc3\xbc\xc3\x9f"
          "e@in.example.com"},
         "gr\xc3\xbc\xc3\x9f"
         "e@in.example.com",
         true},
    };
    for (const Row& row : rows) {
        Recipients recipients;
        for (const char* text : row.list) EXPECT_TRUE(recipients.add(text)) << text;
        EXPECT_EQ(recipients.take(mailbox(row.recipient)), row.is_taken)
            << ::testing::PrintToString(row.list) << ": " << row.recipient;
    }
}

TEST(Recipients, TakeNoListThatIsNone) {
    for (const char* bad :
         {"", "*", "ada", "@", "ada@", "@in.example.com", "a@b@c", "post master", "a b@in.example.com",
          "ada@in example.com", "ada\t@in.example.com", "ada@in.example.com\n", "postmaster@"}) {
        Recipients recipients;
        EXPECT_FALSE(recipients.add(bad)) << bad;
        EXPECT_FALSE(recipients.take(mailbox("ada@in.example.com"))) << bad;
    }
}

// No pattern makes a server think for long.
TEST(Recipients, AreMatchedInTime) {
    Recipients recipients;
    std::string pattern;
    for (int i = 0; i < 2000; ++i) pattern += "a*";
    ASSERT_TRUE(recipients.add(pattern + "b@in.example.com"));
    EXPECT_FALSE(recipients.take(mailbox(std::string(250, 'a') + "@in.example.com")));
}

}  // namespace
}  // namespace millrace::smtp
