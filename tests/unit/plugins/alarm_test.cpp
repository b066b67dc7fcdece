#include <gmock/gmock.h>

#include <millrace/testing.hpp>

namespace {

using millrace::testing::Host;
using millrace::testing::Verdict;
using ::testing::ElementsAre;

std::vector<std::string> sent(const millrace::testing::Scope& scope) {
    std::vector<std::string> result;
    for (const auto& command : scope.commands()) result.push_back(command.address + " " + command.payload);
    return result;
}

TEST(Alarm, IsRaisedAboveTheLimitAndLoweredBelowTheBand) {
    Host host(millrace_plugin_v1(), R"({"limit":80,"hysteresis":2,"notify":["irc:#ops","log:x"]})");
    auto& scope = host.open({{"topic", "plant/3/t"}});
    for (const char* value : {"79", "80", "80.5", "81", "79", "78.5", "80.1"}) scope.message(value);
    EXPECT_THAT(sent(scope), ElementsAre("irc:#ops plant/3/t is 80.5, above 80", "log:x plant/3/t is 80.5, above 80"));
    for (const char* value : {"78", "80", "77"}) scope.message(value);
    EXPECT_EQ(scope.commands().size(), 4u);
    EXPECT_EQ(sent(scope).back(), "log:x plant/3/t is 78, and normal again");
}

TEST(Alarm, MayLookDown) {
    Host host(millrace_plugin_v1(), R"({"limit":10,"hysteresis":1,"below":true,"notify":"log:x"})");
    auto& scope = host.open({{"topic", "t"}});
    for (const char* value : {"10", "9.5", "10.5", "11"}) scope.message(value);
    EXPECT_THAT(sent(scope), ElementsAre("log:x t is 9.5, below 10", "log:x t is 11, and normal again"));
}

TEST(Alarm, ReadsJson) {
    Host host(millrace_plugin_v1(), R"({"limit":80,"field":"celsius","notify":"log:x"})");
    auto& scope = host.open({{"topic", "t"}});
    scope.message(R"({"celsius":81,"value":1})");
    EXPECT_THAT(sent(scope), ElementsAre("log:x t is 81, above 80"));
}

TEST(Alarm, RejectsWhatIsNoValue) {
    Host host(millrace_plugin_v1(), R"({"limit":80,"notify":"log:x"})");
    auto& scope = host.open();
    for (const char* text : {"", "hot", "81 C", "nan", "inf", "[81]", R"({"value":"81"})", R"({"other":81})", "{"})
        EXPECT_EQ(scope.message(text).verdict, Verdict::reject) << text;
    EXPECT_THAT(sent(scope), ElementsAre());
}

TEST(Alarm, IsNotRaisedWhereNobodyCouldBeTold) {
    Host host(millrace_plugin_v1(), R"({"limit":80,"notify":"log:x"})");
    auto& scope = host.open();
    scope.answer(MILLRACE_NOT_ALLOWED);
    EXPECT_EQ(scope.message("81").verdict, Verdict::reject);
    scope.answer(MILLRACE_TAKEN);
    EXPECT_EQ(scope.message("82").verdict, Verdict::ack);
    EXPECT_EQ(scope.commands().size(), 1u);
}

}  // namespace
