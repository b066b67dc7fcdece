#include "adapters/common/base64.hpp"

#include <gtest/gtest.h>

#include <iostream>
#include <random>

namespace millrace {
namespace {

TEST(Base64, OfTheRfc) {
    const struct {
        const char* bytes;
        const char* text;
        const char* for_urls;
        const char* hex;
    } cases[] = {
        {"", "", "", ""},
        {"f", "Zg==", "Zg", "66"},
        {"fo", "Zm8=", "Zm8", "666f"},
        {"foo", "Zm9v", "Zm9v", "666f6f"},
        {"foob", "Zm9vYg==", "Zm9vYg", "666f6f62"},
        {"fooba", "Zm9vYmE=", "Zm9vYmE", "666f6f6261"},
        {"foobar", "Zm9vYmFy", "Zm9vYmFy", "666f6f626172"},
        {"\xFB\xFF\xBF", "+/+/", "-_-_", "fbffbf"},
    };
    for (const auto& it : cases) {
        EXPECT_EQ(base64_encoded(it.bytes), it.text);
        EXPECT_EQ(base64url_encoded(it.bytes), it.for_urls);
        EXPECT_EQ(hex_encoded(it.bytes), it.hex);
        EXPECT_EQ(base64_decoded(it.text), it.bytes);
        EXPECT_EQ(base64url_decoded(it.for_urls), it.bytes);
        EXPECT_EQ(hex_decoded(it.hex), it.bytes);
    }
    EXPECT_EQ(hex_decoded("FBffBf"), "\xFB\xFF\xBF");
}

TEST(Base64, ThatIsWrong) {
    for (const char* text : {"Z", "Zg", "Zg=", "Zg===", "Z===", "====", "=", "Zh==", "Zm9=", "Zm9v\n",
                             " Zg==", "Zg==Zg==", "-_-_", "Zm8=Zm8=", "Z*9v", "Z=g=", "\xC3\xBC==", "Zm9\x80"})
        EXPECT_EQ(base64_decoded(text), std::nullopt) << text;
    for (const char* text : {"Z", "Zg==", "Zh", "Zm9", "+/+/", "Zm9v.", "Zm9vY"})
        EXPECT_EQ(base64url_decoded(text), std::nullopt) << text;
    for (const char* text : {"6", "6g", "0x66", " 66", "66 ", "+6"}) EXPECT_EQ(hex_decoded(text), std::nullopt) << text;
}

TEST(Base64, EachValueHasOneText) {
    const auto seed = std::random_device{}();
    std::cout << "seed " << seed << '\n';
    std::mt19937 random(seed);
    for (int round = 0; round < 2000; ++round) {
        std::string bytes(random() % 40, '\0');
        for (char& byte : bytes) byte = static_cast<char>(random());
        std::string text = base64_encoded(bytes);
        ASSERT_EQ(base64_decoded(text), bytes);
        ASSERT_EQ(base64url_decoded(base64url_encoded(bytes)), bytes);
        ASSERT_EQ(hex_decoded(hex_encoded(bytes)), bytes);
        if (text.empty()) continue;
        char& changed = text[random() % text.size()];
        changed = static_cast<char>(changed ^ (1 << random() % 7));
        const std::optional<std::string> other = base64_decoded(text);
        ASSERT_TRUE(!other || (*other != bytes && base64_encoded(*other) == text)) << text;
    }
}

}  // namespace
}  // namespace millrace
