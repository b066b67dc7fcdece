#include <gtest/gtest.h>

#include <millrace/testing.hpp>

namespace {

using millrace::testing::Command;
using millrace::testing::Host;

TEST(Echo, AnswersInKind) {
    Host host(millrace_plugin_v1());
    auto& scope = host.open();
    scope.message("hi");
    scope.data(std::string("\0\xff", 2));
    scope.message("");
    EXPECT_EQ(scope.commands(), (std::vector<Command>{{MILLRACE_REPLY, MILLRACE_TEXT, 0, "hi", {}},
                                                      {MILLRACE_REPLY, MILLRACE_DATA, 0, std::string("\0\xff", 2), {}},
                                                      {MILLRACE_REPLY, MILLRACE_TEXT, 0, "", {}}}));
}

TEST(Echo, SaysNothingOfConnectsAndDisconnects) {
    Host host(millrace_plugin_v1());
    auto& scope = host.open();
    scope.disconnect();
    EXPECT_TRUE(scope.commands().empty());
}

}  // namespace
