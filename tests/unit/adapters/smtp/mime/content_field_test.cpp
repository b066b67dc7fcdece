#include "adapters/smtp/mime/content_field.hpp"

#include <gtest/gtest.h>

namespace millrace::smtp::mime {
namespace {

struct Case {
    std::string_view raw;
    std::string_view value;
    std::vector<std::pair<std::string, std::string>> parameters;
    bool is_sound = true;
};

void check(const std::vector<Case>& cases) {
    Charsets charsets;
    for (const Case& c : cases) {
        SCOPED_TRACE(c.raw);
        const ContentField field = parse_content_field(c.raw, charsets, 64);
        std::vector<std::pair<std::string, std::string>> parameters;
        for (const Parameter& parameter : field.parameters) parameters.emplace_back(parameter.name, parameter.value);
        EXPECT_EQ(field.value, c.value);
        EXPECT_EQ(parameters, c.parameters);
        EXPECT_EQ(field.is_sound, c.is_sound);
    }
}

TEST(ContentField, has_a_value_and_parameters) {
    check({
        {"", "", {}},
        {" text/plain", "text/plain", {}},
        {"TEXT/Html;", "text/html", {}},
        {"text / plain ; Charset = UTF-8", "text/plain", {{"charset", "UTF-8"}}},
        {"text/plain (a comment); charset=us-ascii (Plain text)", "text/plain", {{"charset", "us-ascii"}}},
        {"text/plain;\r\n\tcharset=\"utf-8\";\r\n format=flowed",
         "text/plain",
         {{"charset", "utf-8"}, {"format", "flowed"}}},
        {"multipart/mixed; boundary=\"a; b=\\\"c\\\" (d)\"", "multipart/mixed", {{"boundary", "a; b=\"c\" (d)"}}},
        {"a/b; x=\"\"", "a/b", {{"x", ""}}},
        {"attachment; filename=genome.jpeg;;modification-date=\"Wed\"",
         "attachment",
         {{"filename", "genome.jpeg"}, {"modification-date", "Wed"}}},
        {"a/b; x=1; X=2; x=3", "a/b", {{"x", "1"}}},
        {"a/b; x=\"fol\r\n ded\"", "a/b", {{"x", "fol ded"}}},
    });
}

TEST(ContentField, is_read_whatever_is_wrong_with_it) {
    check({
        {"attachment; filename=my file.txt", "attachment", {{"filename", "my file.txt"}}, false},
        {"attachment; filename=\"open", "attachment", {{"filename", "open"}}, false},
        {"attachment; filename", "attachment", {}, false},
        {"attachment; =x", "attachment", {}, false},
        {"attachment; filename=", "attachment", {{"filename", ""}}},
        {"a/b; x=1 y=2", "a/b", {{"x", "1 y=2"}}, false},
        {"a/b; x=\"1\"y=2", "a/b", {{"x", "1"}, {"y", "2"}}, false},
        {"; x=1", "", {{"x", "1"}}},
        {"a/b; x=\xE4", "a/b", {{"x", "\uFFFD"}}, false},
        {"a/b; x=\xC3\xA4", "a/b", {{"x", "ä"}}},
        {"a/b (not ended; x=1", "a/b", {}},
        {"a/b; name=\"=?utf-8?q?=C3=A4?= =?utf-8?q?=C3=B6?=.txt\"", "a/b", {{"name", "äö.txt"}}},
    });
}

TEST(ContentField, joins_the_sections_of_rfc_2231) {
    check({
        {"a/b; x*=utf-8''%e2%82%ac%20rates", "a/b", {{"x", "€ rates"}}},
        {"a/b; x*=iso-8859-1'en'%A3%20rates", "a/b", {{"x", "£ rates"}}},
        {"a/b; x*0=\"one \"; x*1=two", "a/b", {{"x", "one two"}}},
        {"a/b; URL*1=\"pub/moore\"; URL*0=\"ftp://\"", "a/b", {{"url", "ftp://pub/moore"}}},
        {"a/b; x*0*=us-ascii'en'This%20is%20; x*1*=%2A%2A%2Afun%2A%2A%2A%20; x*2=\"isn't it!\"",
         "a/b",
         {{"x", "This is ***fun*** isn't it!"}}},
        {"a/b; x*0*=utf-8''%E2%82; x*1*=%AC", "a/b", {{"x", "€"}}},  // One character in two sections.
        {"a/b; x=plain; x*=utf-8''better", "a/b", {{"x", "better"}}},
        {"a/b; x*=utf-8''better; x=plain", "a/b", {{"x", "better"}}},
        {"a/b; x=plain; x*0=bet; x*1=ter", "a/b", {{"x", "better"}}},
        {"a/b; x*10=k; x*9=j; x*0=a; x*1=b; x*2=c; x*3=d; x*4=e; x*5=f; x*6=g; x*7=h; x*8=i",
         "a/b",
         {{"x", "abcdefghijk"}}},
        {"a/b; x*0=a; x*2=c", "a/b", {{"x", "a"}}, false},
        {"a/b; x*1=b; x*2=c", "a/b", {{"x", "bc"}}, false},
        {"a/b; x*0=a; x*0=b; x*1=c", "a/b", {{"x", "ac"}}, false},
        {"a/b; x*=no quotes%20here", "a/b", {{"x", "no quotes here"}}, false},
        {"a/b; x*=''%C3%A4", "a/b", {{"x", "ä"}}},
        {"a/b; x*=x-none''%C3%A4", "a/b", {{"x", "ä"}}, false},
        {"a/b; x*=utf-8''%FF", "a/b", {{"x", "\uFFFD"}}, false},
        {"a/b; x*=utf-8''%4", "a/b", {{"x", "%4"}}},
        {"a/b; x*-1=a", "a/b", {}, false},
        {"a/b; x*99999999999999999999=a", "a/b", {}, false},
        {"a/b; x*a=b", "a/b", {}, false},
    });
}

TEST(ContentField, has_no_more_parameters_than_may_be) {
    Charsets charsets;
    const ContentField field = parse_content_field("a/b; a=1; b=2; c=3", charsets, 2);
    EXPECT_EQ(field.parameters.size(), 2u);
    EXPECT_TRUE(field.is_cut);
    EXPECT_FALSE(parse_content_field("a/b; a=1; b=2;", charsets, 2).is_cut);
}

}  // namespace
}  // namespace millrace::smtp::mime
