#include "adapters/common/mail_syntax.hpp"

#include <gtest/gtest.h>

#include <string>

namespace millrace {
namespace {

TEST(MailSyntax, KnowsAMailbox) {
    const std::string local(254, 'l');
    const std::string domain(255, 'd');
    const std::string good[] = {
        "a@b",
        "ops+x=1@example.com",
        "\"john smith\"@example.com",
        "\"a@b\"@example.com",
        "\"a\\\"b\"@example.com",
        "x@[192.0.2.1]",
        "jürgen@bücher.example",
        local + "@" + domain,
        "a'b&c/d@e",
    };
    for (const std::string& it : good) EXPECT_TRUE(is_mailbox(it)) << it;
    const std::string bad[] = {
        "",
        "a",
        "@",
        "a@",
        "@b",
        "a@b@c",
        "a b@c",
        "a@b c",
        "<a@b>",
        "a@b>",
        "a@b\r\nRCPT TO:<x@y>",
        "a\n@b",
        "a@b\r",
        std::string("a\0@b", 4),
        "a@b\x7f",
        "\"a@b",
        "\"a\r\"@b",
        "\"a\\\r\"@b",
        "a\\@b",
        "a@\"b\"",
        "\xff@b",
        local + "l@b",
        "a@" + domain + "d",
    };
    for (const std::string& it : bad) EXPECT_FALSE(is_mailbox(it)) << it;
    EXPECT_FALSE(is_international("a@b"));
    EXPECT_TRUE(is_international("jürgen@b"));
}

TEST(MailSyntax, KnowsContentThatMeansOneThingToAll) {
    const std::string line(998, 'x');
    struct Case {
        std::string content;
        const char* fault;
    };
    const Case cases[] = {
        {"", ""},
        {"a", ""},
        {"a\r\n", ""},
        {"\r\n.\r\n\r\n", ""},
        {line, ""},
        {line + "\r\n" + line + "\r\n", ""},
        {"\n", "there is a LF without its CR in it"},
        {"a\n.\r\n", "there is a LF without its CR in it"},
        {"a\r\n\n", "there is a LF without its CR in it"},
        {"\r", "there is a CR without its LF in it"},
        {"a\r.\r\n", "there is a CR without its LF in it"},
        {"a\r\r\n", "there is a CR without its LF in it"},
        {"a\r\n\r", "there is a CR without its LF in it"},
        {std::string("a\0b", 3), "there is a NUL in it"},
        {line + "x", "a line of it has more than 998 bytes"},
        {"a\r\n" + line + "x\r\n", "a line of it has more than 998 bytes"},
    };
    for (const Case& it : cases) EXPECT_EQ(mail_content_fault(it.content), it.fault) << it.content.substr(0, 20);
}

}  // namespace
}  // namespace millrace
