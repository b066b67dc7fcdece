#include <gmock/gmock.h>

#include <millrace/testing.hpp>

namespace {

using millrace::testing::Host;
using millrace::testing::Outcome;
using millrace::testing::Scope;
using millrace::testing::Verdict;
using ::testing::ElementsAre;

constexpr const char* kFirst = "How was it, from 1 (bad) to 5 (good)?";
constexpr const char* kSecond = "Will you come again? 1: yes, 2: no.";
constexpr const char* kThird = "What should we do better?";
constexpr const char* kEnd = "Thank you!";

// Answers that were taken, and then one more message: what is said to it.
std::string said_to(const std::string& text, const std::vector<std::string>& before) {
    Host host(millrace_plugin_v1());
    Scope& scope = host.open();
    for (const std::string& each : before) scope.message(each);
    scope.message(text);
    return scope.replies().size() == before.size() + 1 ? scope.replies().back() : "no reply, or more than one";
}

std::string sorry(const char* question) { return std::string("Sorry? ") + question; }

TEST(Survey, AsksThreeQuestions) {
    Host host(millrace_plugin_v1());
    Scope& scope = host.open();
    for (const char* text : {"hello", "4", "1", "More cake", "And tea"}) scope.message(text);
    EXPECT_THAT(scope.replies(), ElementsAre(kFirst, kSecond, kThird, kEnd));
    EXPECT_EQ(scope.state(), R"(["4","1","More cake"])");
}

TEST(Survey, TakesWhatIsAnAnswer) {
    const std::vector<std::vector<std::string>> before = {{"hello"}, {"hello", "5"}, {"hello", "5", "2"}};
    const struct {
        std::size_t question;
        std::string text;
        std::string reply;
    } table[] = {
        {0, "1", kSecond},
        {0, " 5\r\n", kSecond},
        {0, "0", sorry(kFirst)},
        {0, "6", sorry(kFirst)},
        {0, "12345", sorry(kFirst)},
        {0, "good", sorry(kFirst)},
        {0, "", sorry(kFirst)},
        {0, " ", sorry(kFirst)},
        {1, "2", kThird},
        {1, "yes", sorry(kSecond)},
        {1, "3", sorry(kSecond)},
        {2, "\"Grüße\"\n\\ 😜", kEnd},
        {2, std::string(4000, 'x'), kEnd},
        {2, std::string(4001, 'x'), sorry(kThird)},
        {2, "\t\n", sorry(kThird)},
    };
    for (const auto& [question, text, reply] : table) EXPECT_EQ(said_to(text, before[question]), reply) << text;
}

TEST(Survey, HearsWordsOfConsent) {
    using Consent = millrace::v1::Sms::Consent;
    const struct {
        Consent::Action action;
        bool is_handled;
        std::vector<std::string> replies;
    } table[] = {
        {Consent::STOP, false, {}},
        {Consent::STOP, true, {}},
        {Consent::START, false, {kFirst}},
        {Consent::START, true, {}},
        {Consent::HELP, false, {"A survey of three questions. Write STOP to end it."}},
        {Consent::HELP, true, {}},
    };
    for (const auto& [action, is_handled, replies] : table) {
        Host host(millrace_plugin_v1());
        millrace::v1::ChannelMessage fields;
        fields.mutable_sms()->mutable_consent()->set_action(action);
        fields.mutable_sms()->mutable_consent()->set_handled_by_provider(is_handled);
        Scope& scope = host.open({}, fields);
        scope.message("word");
        EXPECT_EQ(scope.replies(), replies) << action << is_handled;
    }
}

TEST(Survey, SendsWhatWasAnswered) {
    Host host(millrace_plugin_v1(), R"({"results":"inbox:ops@example.com"})");
    Scope& scope = host.open();
    for (const char* text : {"hello", "4", "1"}) scope.message(text);
    EXPECT_EQ(scope.commands().size(), 3u);
    scope.message("a \"b\"");
    ASSERT_EQ(scope.commands().size(), 5u);
    EXPECT_EQ(scope.commands().back().address, "inbox:ops@example.com");
    EXPECT_EQ(scope.commands().back().payload, R"({"of":"scope-1","answers":["4","1","a \"b\""]})");
}

TEST(Survey, KeepsNothingOfWhatCouldNotBeSent) {
    Host host(millrace_plugin_v1(), R"({"results":"inbox:ops@example.com"})");
    Scope& scope = host.open();
    for (const char* text : {"hello", "4", "1"}) scope.message(text);
    scope.answer(MILLRACE_NOT_ALLOWED);
    EXPECT_EQ(scope.message("more"),
              (Outcome{Verdict::reject, 0,
                       "`inbox:ops@example.com` is unknown, not in may_send, or has no room for so much"}));
    EXPECT_EQ(scope.state(), R"(["4","1"])");
    EXPECT_EQ(scope.replies().size(), 3u);
}

TEST(Survey, AnswersThatHaveNoRoomAreGivenLater) {
    Host host(millrace_plugin_v1());
    Scope& scope = host.open();
    scope.message("hello");
    scope.answer(MILLRACE_FULL);
    EXPECT_EQ(scope.message("4").verdict, Verdict::retry);
    EXPECT_EQ(scope.state(), "[]");
    scope.answer(MILLRACE_TAKEN);
    EXPECT_EQ(scope.redeliver().verdict, Verdict::ack);
    EXPECT_THAT(scope.replies(), ElementsAre(kFirst, kSecond));
}

TEST(Survey, GoesOnWhereItWas) {
    Host host(millrace_plugin_v1());
    Scope& channel = host.channel("alice");
    for (const char* text : {"hello", "4"}) channel.message_from("bank:bob", text);
    channel.disconnect(MILLRACE_REASON_IDLE);
    Scope& again = host.channel("alice");
    again.message_from("bank:bob", "1");
    EXPECT_EQ(again.replies().back(), kThird);
}

}  // namespace
