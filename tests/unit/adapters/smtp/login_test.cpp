#include "adapters/smtp/login.hpp"

#include <gtest/gtest.h>

#include <string>

namespace millrace::smtp {
namespace {

using namespace std::string_literals;

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
