#include "adapters/common/percent.hpp"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace millrace {
namespace {

TEST(Percent, Decodes) {
    const std::vector<std::pair<std::string, std::string>> cases = {
        {"", ""},         {"a%20b", "a b"},     {"%C3%BC", "\xC3\xBC"}, {"%", "%"},
        {"%4", "%4"},     {"%zz", "%zz"},       {"%4g%41", "%4gA"},     {"a+b", "a+b"},
        {"%2B%2b", "++"}, {"%25%34%31", "%41"}, {"%00", {"\0", 1}},     {"%%41", "%A"},
    };
    for (const auto& [text, expected] : cases) EXPECT_EQ(percent_decoded(text), expected) << text;
}

TEST(Percent, EncodesAComponent) {
    EXPECT_EQ(percent_encoded("aZ09-_.!~*'()"), "aZ09-_.!~*'()");
    EXPECT_EQ(percent_encoded(" +&=/?%\"\xC3\xBC"), "%20%2B%26%3D%2F%3F%25%22%C3%BC");
    for (int byte = 0; byte < 256; ++byte) {
        const std::string text(1, static_cast<char>(byte));
        EXPECT_EQ(percent_decoded(percent_encoded(text)), text);
    }
}

}  // namespace
}  // namespace millrace
