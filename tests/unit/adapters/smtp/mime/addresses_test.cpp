#include "adapters/smtp/mime/addresses.hpp"

#include <gtest/gtest.h>

namespace millrace::smtp::mime {
namespace {

struct Case {
    std::string_view raw;
    std::vector<std::string> addresses;  // `group:name<address>`
    bool is_sound = true;
};

void check(const std::vector<Case>& cases) {
    Charsets charsets;
    for (const Case& c : cases) {
        SCOPED_TRACE(c.raw);
        const AddressList list = parse_addresses(c.raw, charsets, 100);
        std::vector<std::string> addresses;
        for (const Address& a : list.addresses) addresses.push_back(a.group + ':' + a.name + '<' + a.address + '>');
        EXPECT_EQ(addresses, c.addresses);
        EXPECT_EQ(list.is_sound, c.is_sound);
    }
}

// Many of RFC 5322, Appendix A.
TEST(Addresses, are_mailboxes_and_groups) {
    check({
        {"", {}},
        {"jdoe@machine.example", {":<jdoe@machine.example>"}},
        {"John Doe <jdoe@machine.example>", {":John Doe<jdoe@machine.example>"}},
        {"\"Joe Q. Public\" <john.q.public@example.com>", {":Joe Q. Public<john.q.public@example.com>"}},
        {"Joe Q. Public <john.q.public@example.com>", {":Joe Q. Public<john.q.public@example.com>"}},
        {"Mary Smith <mary@x.test>, jdoe@example.org, Who? <one@y.test>",
         {":Mary Smith<mary@x.test>", ":<jdoe@example.org>", ":Who?<one@y.test>"}},
        {"<boss@nil.test>, \"Giant; \\\"Big\\\" Box\" <sysservices@example.net>",
         {":<boss@nil.test>", ":Giant; \"Big\" Box<sysservices@example.net>"}},
        {"A Group:Ed Jones <joe@a.test>,joe@where.test,John <jdoe@one.test>;",
         {"A Group:Ed Jones<joe@a.test>", "A Group:<joe@where.test>", "A Group:John<jdoe@one.test>"}},
        {"Undisclosed recipients:;", {"Undisclosed recipients:<>"}},
        {"a@b, Team: c@d, e@f; , g@h", {":<a@b>", "Team:<c@d>", "Team:<e@f>", ":<g@h>"}},
        {"John <@a.test,@b.test:jdoe@c.test>", {":John<jdoe@c.test>"}},
        {"\"john doe\"@example.com", {":<\"john doe\"@example.com>"}},
        {"\"jdoe\"@example.com", {":<jdoe@example.com>"}},
        {"\"a\\\"b\"@x.y", {":<\"a\\\"b\"@x.y>"}},
        {"jdoe@[192.0.2.1], x@[IPv6:2001:db8::1]", {":<jdoe@[192.0.2.1]>", ":<x@[IPv6:2001:db8::1]>"}},
        {"jdoe @ machine . example", {":<jdoe@machine.example>"}},
        {"Mary\r\n Smith\r\n <mary@\r\n x.test>", {":Mary Smith<mary@x.test>"}},
        {", a@b,, c@d ,", {":<a@b>", ":<c@d>"}},
        {"user+tag=x@example.com", {":<user+tag=x@example.com>"}},
        {"\xC3\xA4@\xC3\xB6.test", {":<ä@ö.test>"}},
    });
}

TEST(Addresses, have_comments) {
    check({
        {"jdoe@x.test (John (the) Doe)", {":John (the) Doe<jdoe@x.test>"}},
        {"(John) jdoe@x.test", {":John<jdoe@x.test>"}},
        {"John <jdoe@x.test> (home)", {":John (home)<jdoe@x.test>"}},
        {"jdoe(his account)@x.test(his host)", {":his host<jdoe@x.test>"}},
        {"jdoe@x.test (a\\)b)", {":a)b<jdoe@x.test>"}},
        {"jdoe@x.test (=?utf-8?q?J=C3=BCrgen?=)", {":Jürgen<jdoe@x.test>"}},
        {"(nobody)", {":nobody<>"}, false},
    });
}

TEST(Addresses, have_encoded_names) {
    check({
        {"=?utf-8?B?SGVsbG8=?= =?utf-8?B?IHdvcmxk?= <a@b>", {":Hello world<a@b>"}},
        {"=?iso-8859-1?Q?J=FCrgen_M?=\r\n =?iso-8859-1?Q?=FCller?= <a@b>", {":Jürgen Müller<a@b>"}},
        {"\"=?utf-8?q?J=C3=BCrgen?= M.\" <a@b>", {":Jürgen M.<a@b>"}},
        {"=?utf-8?Q?Doe,_John?= <a@b>, c@d", {":Doe, John<a@b>", ":<c@d>"}},
        {"=?utf-8?Q?<evil@x>?= <a@b>", {":<evil@x><a@b>"}},
        {"=?utf-8?q?Team?=: a@b;", {"Team:<a@b>"}},
    });
}

TEST(Addresses, are_read_whatever_is_wrong_with_them) {
    check({
        {"nobody", {":nobody<>"}, false},
        {"<>", {":<>"}, false},
        {"John <jdoe>", {":John<jdoe>"}, false},
        {"John <jdoe@x.test", {":John<jdoe@x.test>"}, false},
        {"John <jdoe@x.test, Mary <mary@x.test>", {":John<jdoe@x.test>", ":Mary<mary@x.test>"}, false},
        {"john doe jdoe@x.test", {":john doe<jdoe@x.test>"}, false},
        {"\"unended <a@b>", {":unended <a@b><>"}, false},
        {"a@b c@d", {":a@b<c@d>"}, false},
        {"<a@b> <c@d>", {":<a@b>", ":<c@d>"}, false},
        {"a@good.test <b@evil.test>", {":a@good.test<b@evil.test>"}},
        {"x: y: a@b;", {"x:y<a@b>"}, false},
        {"G: a@b", {"G:<a@b>"}, false},
        {"a@b; c@d", {":<a@b>", ":<c@d>"}, false},
        {"@", {":@<>"}, false},
        {"a@", {":a@<>"}, false},
        {"a@@b", {":a@@b<>"}, false},
        {"a)b@c", {":<\"a)b\"@c>"}, false},
        {"a..b@c.d", {":<\"a..b\"@c.d>"}},
        {std::string_view("a\0b@c", 5), {":<a\uFFFDb@c>"}},
        {"\xFF@b", {":<\uFFFD@b>"}},
    });
}

TEST(Addresses, are_no_more_than_may_be) {
    Charsets charsets;
    const AddressList list = parse_addresses("a@b, c@d, e@f", charsets, 2);
    EXPECT_EQ(list.addresses.size(), 2u);
    EXPECT_TRUE(list.is_cut);
    EXPECT_FALSE(parse_addresses("a@b, c@d,", charsets, 2).is_cut);
}

}  // namespace
}  // namespace millrace::smtp::mime
