#include <gmock/gmock.h>

#include <millrace/testing.hpp>

#include "millrace/v1/command.pb.h"

namespace {

using millrace::testing::Host;
using millrace::testing::Verdict;
using ::testing::ElementsAre;

std::vector<std::string> sent(const millrace::testing::Scope& scope) {
    std::vector<std::string> result;
    for (const auto& command : scope.commands()) {
        result.push_back(command.address + (command.payload_kind == MILLRACE_DATA ? " data " : " ") + command.payload);
    }
    return result;
}

TEST(Forward, SendsWhatTheTemplateSays) {
    Host host(millrace_plugin_v1(), R"({"to":["log:{line}","irc:#ops"],"text":"{{{line}}}{nothing}: {text}!"})");
    auto& scope = host.open({{"line", "3"}});
    scope.message("hot");
    EXPECT_THAT(sent(scope), ElementsAre("log:3 {3}: hot!", "irc:#ops {3}: hot!"));
}

TEST(Forward, PassesOnWhatItGetsInItsKind) {
    Host host(millrace_plugin_v1(), R"({"to":"log:x"})");
    auto& scope = host.open();
    scope.message("text");
    scope.data("bytes");
    EXPECT_THAT(sent(scope), ElementsAre("log:x text", "log:x data bytes"));
}

TEST(Forward, PutsATitleAbove) {
    Host host(millrace_plugin_v1(), R"({"to":["log:x","log:y"],"title":"{line} is {text}"})");
    auto& scope = host.open({{"line", "3"}});
    scope.message("hot");
    EXPECT_THAT(sent(scope), ElementsAre("log:x hot", "log:y hot"));
    for (const auto& command : scope.commands()) {
        millrace::v1::Command body;
        ASSERT_TRUE(body.ParseFromString(command.body));
        EXPECT_EQ(body.title(), "3 is hot");
    }
}

TEST(Forward, AllGetItOrNone) {
    Host host(millrace_plugin_v1(), R"({"to":["log:x","log:y"]})");
    auto& scope = host.open();
    scope.answer(MILLRACE_NOT_ALLOWED);
    EXPECT_EQ(scope.message("hi").verdict, Verdict::reject);
    scope.answer(MILLRACE_FULL);
    EXPECT_EQ(scope.message("hi").verdict, Verdict::retry);
    EXPECT_THAT(sent(scope), ElementsAre());
    scope.answer(MILLRACE_TAKEN);
    scope.redeliver();
    EXPECT_THAT(sent(scope), ElementsAre("log:x hi", "log:y hi"));
}

TEST(Forward, NamesWhatIsWrong) {
    const std::pair<const char*, const char*> table[] = {
        {R"({})", ": key `to` is missing"},
        {R"({"to":[]})", "to: name an address at least"},
        {R"({"to":["a:b","a:{x"]})", "to[1]: a `{` without its `}`; the brace itself is `{{`"},
        {R"({"to":"a:b","text":"x}"})", "text: a `}` without its `{`; the brace itself is `}}`"},
        {R"({"to":"a:b","title":"{"})", "title: a `{` without its `}`; the brace itself is `{{`"},
        {R"({"to":"a:b","text":"{}"})", "text: `{}` names no attribute"},
        {R"({"to":"a:b","txt":"x"})", "txt: unknown key `txt`; did you mean `text`?"},
    };
    for (const auto& [config, error] : table) {
        EXPECT_THAT(Host(millrace_plugin_v1(), config).errors(), ElementsAre(error)) << config;
    }
}

}  // namespace
