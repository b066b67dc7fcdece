#include <gtest/gtest.h>

#include <millrace/testing.hpp>

TEST(Shout, ShoutsAndCounts) {
    millrace::testing::Host host(millrace_plugin_v1(), R"({"mark": "!!"})");
    auto& scope = host.open();
    scope.messages({"hello", "again"});
    EXPECT_EQ(scope.replies(), (std::vector<std::string>{"HELLO!! (1)", "AGAIN!! (2)"}));
}
