#include "adapters/common/secret_mask.hpp"

#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(SecretMask, HidesEachFormOfASecret) {
    struct Case {
        const char* what;
        std::vector<std::string> secrets;
        std::string text;
        std::string hidden;
    };
    const std::string token = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw";
    const Case cases[] = {
        {"nothing to hide", {}, "a text", "a text"},
        {"an empty secret", {""}, "a text", "a text"},
        {"an empty text", {"s"}, "", ""},
        {"as it is", {"s3cret"}, "a s3cret b s3cret", "a *** b ***"},
        {"back to back", {"ab"}, "abab", "******"},
        {"a token in a URL",
         {token},
         "GET https://api.telegram.org/bot" + token + "/getMe failed",
         "GET https://api.telegram.org/bot***/getMe failed"},
        {"its colon encoded", {token}, "/bot110201543%3AAAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw/", "/bot***/"},
        {"the same in small letters", {token}, "/bot110201543%3aAAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw/", "/bot***/"},
        {"in a query", {"p w/d+é"}, "?a=p%20w%2Fd%2B%C3%A9&b", "?a=***&b"},
        {"in a form", {"p w/d+é"}, "a=p+w%2Fd%2B%C3%A9&b", "a=***&b"},
        {"encoded as a path", {"a:b@c"}, "/a:b@c/", "/***/"},
        {"encoded with marks left", {"a!b*c'(d)"}, "/a!b*c'(d)/ a%21b%2Ac%27%28d%29", "/***/ ***"},
        {"in JSON", {"q\"b\\s/"}, R"({"p":"q\"b\\s/"} {"p":"q\"b\\s\/"})", R"({"p":"***"} {"p":"***"})"},
        {"a control character in JSON", {"a\x01z"}, "\"a\\u0001z\"", "\"***\""},
        {"Basic", {"AC1:s3cret"}, "Authorization: Basic QUMxOnMzY3JldA==", "Authorization: Basic ***=="},
        {"Bearer", {"xoxb-17653672481"}, "Authorization: Bearer xoxb-17653672481", "Authorization: Bearer ***"},
        {"base64 of three bytes", {"abc"}, "YWJj", "***"},
        {"one within another", {"abc", "abcdef"}, "abcdef abc", "*** ***"},
        {"cut off", {token}, "https://h/bot110201543:AAHd", "https://h/bot***"},
        {"cut off after four", {token}, "https://h/bot1102", "https://h/bot***"},
        {"cut off after three", {token}, "https://h/bot110", "https://h/bot110"},
        {"its beginning elsewhere", {token}, "1102 things", "1102 things"},
        {"cut off, encoded", {"p w/d+é"}, "?a=p%20w%2F", "?a=***"},
    };
    for (const Case& it : cases) EXPECT_EQ(SecretMask(it.secrets).hide(it.text), it.hidden) << it.what;
}

TEST(SecretMask, CanBeMoved) {
    SecretMask first({"s3cret"});
    const SecretMask second(std::move(first));
    EXPECT_EQ(second.hide("s3cret"), "***");
}

}  // namespace
}  // namespace millrace
