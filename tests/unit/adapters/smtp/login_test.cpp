#include "adapters/smtp/login.hpp"

#include <gtest/gtest.h>

#include <string>

namespace millrace::smtp {
namespace {

using namespace std::string_literals;

TEST(Base64, TakesOneFormOnly) {
    // RFC 4648 §10.
    EXPECT_EQ(decode_base64(""), "");
    EXPECT_EQ(decode_base64("Zg=="), "f");
    EXPECT_EQ(decode_base64("Zm8="), "fo");
    EXPECT_EQ(decode_base64("Zm9v"), "foo");
    EXPECT_EQ(decode_base64("Zm9vYg=="), "foob");
    EXPECT_EQ(decode_base64("Zm9vYmE="), "fooba");
    EXPECT_EQ(decode_base64("Zm9vYmFy"), "foobar");
    EXPECT_EQ(decode_base64("+/+/"), "\xFB\xFF\xBF");
    EXPECT_EQ(decode_base64("AAAA"), "\0\0\0"s);
    for (const char* bad : {"Z", "Zg", "Zg=", "Zm9", "Zh==", "Zm9=", "Zg==Zg==", "Z===", "====", "=", "Zm 9", "Zm9v\n",
                            "-_-_", "Zm9v=", "Zm9v====", "Z=g=", "\xC3\xBC==", "Zm9\x80"})
        EXPECT_EQ(decode_base64(bad), std::nullopt) << bad;
}

TEST(Login, KeepsTheNamesApart) {
    Login login;
    ASSERT_EQ(login.begin("plain"), Reply::ok);
    EXPECT_EQ(login.challenge(), Reply::continue_auth);
    ASSERT_EQ(login.take("Ym9iAGFsaWNlAHNlY3JldA=="), Reply::ok);
    EXPECT_EQ(login.credentials().mechanism, "PLAIN");
    EXPECT_EQ(login.credentials().authority, "bob");
    EXPECT_EQ(login.credentials().user, "alice");
    EXPECT_EQ(login.credentials().password, "secret");
    login.credentials().wipe();
    EXPECT_EQ(login.credentials().password, "");
    ASSERT_EQ(login.begin("LOGIN"), Reply::ok);
    EXPECT_EQ(login.credentials().authority, "");
    EXPECT_EQ(login.credentials().user, "");
    ASSERT_EQ(login.take("YWxpY2U="), Reply::ask_password);
    EXPECT_EQ(login.challenge(), Reply::ask_password);
    ASSERT_EQ(login.take("cMOkc3M="), Reply::ok);
    EXPECT_EQ(login.credentials().password, "p\xC3\xA4ss");
}

}  // namespace
}  // namespace millrace::smtp
