#include "adapters/smtp/command.hpp"

#include <gtest/gtest.h>

#include <string>

namespace millrace::smtp {
namespace {

TEST(Command, ReadsMail) {
    const Command command =
        parse_command("MAIL FROM:<@x,@y:A.b@Example.COM> SIZE=12 BODY=8BITMIME SMTPUTF8 AUTH=e+3Dm@c");
    ASSERT_EQ(command.verb, Verb::mail);
    ASSERT_EQ(command.fault, Reply::ok);
    EXPECT_EQ(command.path.raw, "A.b@Example.COM");
    EXPECT_EQ(command.path.local, "A.b");
    EXPECT_EQ(command.path.domain, "example.com");
    EXPECT_EQ(command.path.address(), "A.b@example.com");
    EXPECT_FALSE(command.path.is_null());
    EXPECT_FALSE(command.path.is_literal);
    EXPECT_TRUE(command.parameters.are_given);
    EXPECT_EQ(command.parameters.declared_bytes, 12u);
    EXPECT_EQ(command.parameters.body, BodyType::eight_bit);
    EXPECT_TRUE(command.parameters.is_smtputf8);
    EXPECT_EQ(command.parameters.submitter, "e=m@c");
}

TEST(Command, ReadsTheNullPath) {
    const Command command = parse_command("MAIL FROM:<> AUTH=<>");
    ASSERT_EQ(command.fault, Reply::ok);
    EXPECT_TRUE(command.path.is_null());
    EXPECT_EQ(command.path.address(), "");
    EXPECT_EQ(command.parameters.submitter, "");
    EXPECT_FALSE(command.parameters.declared_bytes);
    EXPECT_FALSE(parse_command("MAIL FROM:<>").parameters.are_given);
}

TEST(Command, SizeBeyond64BitsIsTheMost) {
    EXPECT_EQ(parse_command("MAIL FROM:<> SIZE=18446744073709551615").parameters.declared_bytes, UINT64_MAX);
    EXPECT_EQ(parse_command("MAIL FROM:<> SIZE=18446744073709551614").parameters.declared_bytes, UINT64_MAX - 1);
    EXPECT_EQ(parse_command("MAIL FROM:<> SIZE=18446744073709551616").parameters.declared_bytes, UINT64_MAX);
    EXPECT_EQ(parse_command("MAIL FROM:<> SIZE=99999999999999999999").parameters.declared_bytes, UINT64_MAX);
}

TEST(Command, ReadsChunks) {
    const Command command = parse_command("BDAT 0018446744073709551615 LAST");
    ASSERT_EQ(command.fault, Reply::ok);
    EXPECT_EQ(command.chunk_bytes, UINT64_MAX);
    EXPECT_TRUE(command.is_last);
    EXPECT_FALSE(parse_command("BDAT 5").is_last);
}

TEST(Command, ReadsAuth) {
    const Command command = parse_command("AUTH pLain  AGE=  ");
    ASSERT_EQ(command.verb, Verb::auth);
    ASSERT_EQ(command.fault, Reply::ok);
    EXPECT_EQ(command.argument, "pLain");
    EXPECT_EQ(command.initial, "AGE=");
    EXPECT_EQ(parse_command("AUTH LOGIN").initial, "");
}

struct Local {
    std::string path;
    std::string local;
    std::string domain;
    std::string address;
};

TEST(Mailbox, HasOneFormForEachAddress) {
    const Local cases[] = {
        {R"(<a@b>)", "a", "b", "a@b"},
        {R"(<"a"@b>)", "a", "b", "a@b"},
        {R"(<"a.b"@C>)", "a.b", "c", "a.b@c"},
        {R"(<"a..b"@c>)", "a..b", "c", R"("a..b"@c)"},
        {R"(<"a b"@c>)", "a b", "c", R"("a b"@c)"},
        {R"(<"\a"@c>)", "a", "c", "a@c"},
        {R"(<"a\"\\"@c>)", R"(a"\)", "c", R"("a\"\\"@c)"},
        {R"(<""@c>)", "", "c", R"(""@c)"},
        {R"(<"a@b"@c>)", "a@b", "c", R"("a@b"@c)"},
        {R"(<A+tag@B.C>)", "A+tag", "b.c", "A+tag@b.c"},
        {R"(<a@[192.0.2.1]>)", "a", "[192.0.2.1]", "a@[192.0.2.1]"},
        {R"(<a@[IPv6:2001:DB8::1]>)", "a", "[IPv6:2001:DB8::1]", "a@[IPv6:2001:DB8::1]"},
        {R"(<Postmaster>)", "Postmaster", "", "Postmaster"},
        {R"(<"postmaster">)", "postmaster", "", "postmaster"},
        {"<m\xC3\xBCll@\xC3\xBC.example>", "m\xC3\xBCll", "\xC3\xBC.example", "m\xC3\xBCll@\xC3\xBC.example"},
    };
    for (const Local& each : cases) {
        std::string_view text = each.path;
        Mailbox mailbox;
        ASSERT_TRUE(take_path(text, PathKind::forward, mailbox)) << each.path;
        EXPECT_EQ(text, "");
        EXPECT_EQ(mailbox.raw, each.path.substr(1, each.path.size() - 2));
        EXPECT_EQ(mailbox.local, each.local) << each.path;
        EXPECT_EQ(mailbox.domain, each.domain) << each.path;
        EXPECT_EQ(mailbox.address(), each.address) << each.path;
        EXPECT_EQ(mailbox.is_literal, each.domain.starts_with('['));
        EXPECT_EQ(mailbox.is_utf8, each.path.find('\xC3') != std::string::npos);
    }
}

TEST(Mailbox, LeavesWhatFollows) {
    std::string_view text = "<a@b> SIZE=1";
    Mailbox mailbox;
    ASSERT_TRUE(take_path(text, PathKind::reverse, mailbox));
    EXPECT_EQ(text, " SIZE=1");
}

// Of random texts in an address's alphabet: what is taken is taken again from the form that it is given.
TEST(Mailbox, WhatIsTakenIsTakenAgainFromItsAddress) {
    constexpr std::string_view kAlphabet = "<>@\"\\.:,[]aB1- ;\t";
    unsigned state = 1;
    unsigned taken = 0;
    for (int round = 0; round < 200'000; ++round) {
        std::string path = "<";
        for (unsigned i = 0; i < 2 + static_cast<unsigned>(round) % 9; ++i) {
            state = state * 1664525 + 1013904223;
            path += kAlphabet[(state >> 16) % kAlphabet.size()];
        }
        path += round % 2 == 0 ? ">" : "@b>";
        std::string_view text = path;
        Mailbox mailbox;
        if (!take_path(text, PathKind::forward, mailbox)) continue;
        ++taken;
        const std::string again = "<" + mailbox.address() + ">";
        std::string_view rest = again;
        Mailbox second;
        ASSERT_TRUE(take_path(rest, PathKind::forward, second)) << path << " as " << again;
        ASSERT_EQ(second.local, mailbox.local) << path;
        ASSERT_EQ(second.domain, mailbox.domain) << path;
        ASSERT_EQ(second.address(), mailbox.address()) << path;
        ASSERT_TRUE(rest.empty());
    }
    EXPECT_GT(taken, 500u);
}

}  // namespace
}  // namespace millrace::smtp
