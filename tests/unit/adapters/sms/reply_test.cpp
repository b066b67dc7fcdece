#include "adapters/sms/reply.hpp"

#include <gtest/gtest.h>

namespace millrace::sms {
namespace {

TEST(Reply, Twiml) {
    const std::string head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";
    EXPECT_EQ(twiml({}).body, head + "<Response/>");
    EXPECT_EQ(twiml({}).content_type, "text/xml; charset=utf-8");
    EXPECT_EQ(twiml({{"", "", "Hello", {}}}).body, head + "<Response><Message><Body>Hello</Body></Message></Response>");
    EXPECT_EQ(
        twiml({{"+15550100", "+15550123", "a < b & \"c\"", {"https://h/?a=1&b=2", "https://h/2"}}, {"", "", "2", {}}})
            .body,
        head +
            "<Response><Message to=\"+15550123\" from=\"+15550100\"><Body>a &lt; b &amp; &quot;c&quot;</Body>"
            "<Media>https://h/?a=1&amp;b=2</Media><Media>https://h/2</Media></Message>"
            "<Message><Body>2</Body></Message></Response>");
    EXPECT_EQ(twiml({{"", "\"><x", "", {}}}).body,
              head + "<Response><Message to=\"&quot;&gt;&lt;x\"></Message></Response>");
}

TEST(Reply, PlivoXml) {
    const std::string head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";
    EXPECT_EQ(plivo_xml({}).body, head + "<Response/>");
    EXPECT_EQ(
        plivo_xml({{"15550100", "15550123", "Hi & bye", {}}}).body,
        head + "<Response><Message src=\"15550100\" dst=\"15550123\" type=\"sms\">Hi &amp; bye</Message></Response>");
}

TEST(Reply, KannelText) {
    EXPECT_EQ(kannel_text({}).body, "");
    EXPECT_EQ(kannel_text({}).content_type, "");
    EXPECT_EQ(kannel_text({{"", "", "one", {}}, {"", "", "two\xFF", {}}}).body, "one\ntwo\xEF\xBF\xBD");
    EXPECT_EQ(kannel_text({{"", "", "one", {}}}).content_type, "text/plain; charset=utf-8");
}

TEST(Reply, Escapes) {
    using namespace std::string_literals;
    const std::string none = "\xEF\xBF\xBD";
    const struct {
        std::string text;
        std::string escaped;
    } cases[] = {
        {"", ""},
        {"a\tb\nc", "a\tb\nc"},
        {"a\r\nb", "a&#xD;\nb"},
        {"&amp;", "&amp;amp;"},
        {"'", "'"},
        {"]]>", "]]&gt;"},
        {"a\0b"s, "a" + none + "b"},
        {"\x1F", none},
        {"\x7F", "\x7F"},
        {"\xFF", none},
        {"\xED\xA0\x80", none + none + none},
        {"\xEF\xBF\xBE\xEF\xBF\xBF", none + none},
        {"é😜", "é😜"},
    };
    for (const auto& it : cases) EXPECT_EQ(xml_escaped(it.text), it.escaped);
}

}  // namespace
}  // namespace millrace::sms
