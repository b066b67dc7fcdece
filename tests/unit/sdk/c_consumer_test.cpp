#include <gtest/gtest.h>

#include "millrace/testing.hpp"

namespace {

using millrace::testing::Host;

// tests/support/c_echo.c, which knows abi.h alone.
TEST(CConsumer, EchoesInKind) {
    Host host(millrace_plugin_v1());
    auto& scope = host.open();
    scope.messages({"a", "", "b"});
    scope.data("c");
    scope.disconnect();
    EXPECT_EQ(scope.replies(), (std::vector<std::string>{"a", "", "b", "c"}));
    EXPECT_EQ(scope.commands().at(3).payload_kind, MILLRACE_DATA);
}

TEST(CConsumer, StopsWhereItHasTo) {
    Host host(millrace_plugin_v1());
    auto& scope = host.open();
    scope.answer(MILLRACE_FULL);
    scope.messages({"a", "b"});
    scope.answer(MILLRACE_TAKEN);
    scope.redeliver();
    EXPECT_EQ(scope.replies(), (std::vector<std::string>{"a", "b"}));
}

}  // namespace
