#include "adapters/common/form.hpp"

#include <gtest/gtest.h>

#include <iostream>
#include <random>

namespace millrace {
namespace {

std::string shown(std::string_view text, std::size_t fields_max = 100) {
    const std::optional<FormFields> form = parse_form(text, fields_max);
    if (!form) return "none";
    std::string all;
    for (const FormField& field : *form) all += "[" + field.name + "|" + field.value + "]";
    return all;
}

TEST(Form, Reads) {
    using namespace std::string_literals;
    const struct {
        std::string text;
        std::string fields;
    } cases[] = {
        {"", ""},
        {"a=b", "[a|b]"},
        {"a=1&b=2&a=3", "[a|1][b|2][a|3]"},
        {"a", "[a|]"},
        {"a=", "[a|]"},
        {"=", "[|]"},
        {"=b", "[|b]"},
        {"a=b=c", "[a|b=c]"},
        {"&&a=b&", "[a|b]"},
        {"a;b=c", "[a;b|c]"},
        {"a+b=c+d", "[a b|c d]"},
        {"a%2Bb=%2b", "[a+b|+]"},
        {"a=%", "[a|%]"},
        {"a=%4", "[a|%4]"},
        {"a=%4g%zz", "[a|%4g%zz]"},
        {"a=%41%4a", "[a|AJ]"},
        {"a=%25+%2541", "[a|% %41]"},
        {"a=%26%3D%23", "[a|&=#]"},
        {"%3D=%26", "[=|&]"},
        {"a=%00b", "[a|\0b]"s},
        {"a=%FF", "[a|\xFF]"},
        {"a=\xC3\xA9", "[a|\xC3\xA9]"},
    };
    for (const auto& it : cases) EXPECT_EQ(shown(it.text), it.fields) << it.text;
}

TEST(Form, HasALimit) {
    EXPECT_EQ(shown("a&b", 2), "[a|][b|]");
    EXPECT_EQ(shown("a&b&", 2), "[a|][b|]");
    EXPECT_EQ(shown("a&b&c", 2), "none");
    EXPECT_EQ(shown("&&&&", 0), "");
}

TEST(Form, IsLookedInto) {
    const FormFields form = *parse_form("a=1&a=2&b=", 10);
    EXPECT_EQ(value_of(form, "a"), "1");
    EXPECT_EQ(value_of(form, "c"), "");
    EXPECT_TRUE(has_field(form, "b"));
    EXPECT_FALSE(has_field(form, "B"));
}

TEST(Form, WhatIsWrittenIsRead) {
    const auto seed = std::random_device{}();
    std::cout << "seed " << seed << '\n';
    std::mt19937 random(seed);
    for (int round = 0; round < 2000; ++round) {
        std::string text;
        std::string expected;
        for (auto count = random() % 5; count > 0; --count) {
            std::string parts[2];
            for (std::string& part : parts) {
                part.resize(random() % 6);
                for (char& c : part) c = static_cast<char>(random());
            }
            append_field(text, parts[0], parts[1]);
            expected += "[" + parts[0] + "|" + parts[1] + "]";
        }
        ASSERT_EQ(shown(text), expected) << text;
    }
}

}  // namespace
}  // namespace millrace
