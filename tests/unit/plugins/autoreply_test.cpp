#include <gmock/gmock.h>

#include <millrace/testing.hpp>

#include "millrace/v1/command.pb.h"

namespace {

using namespace std::chrono_literals;
using millrace::testing::Host;
using millrace::testing::Scope;
using millrace::testing::Verdict;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kConfig = R"({"text":"I am away.","period":"3d"})";

millrace::v1::ChannelMessage mail(bool may_be_answered = true) {
    millrace::v1::ChannelMessage mail;
    mail.set_text("Are you there?");
    mail.set_sender("inbox:1");
    mail.mutable_email()->set_subject("Lunch");
    mail.mutable_email()->mutable_marks()->set_may_auto_reply(may_be_answered);
    return mail;
}

std::vector<std::string> said(const Scope& scope) {
    std::vector<std::string> result;
    for (const auto& command : scope.commands()) {
        millrace::v1::Command body;
        EXPECT_TRUE(body.ParseFromString(command.body));
        result.push_back(body.title() + "|" + command.payload);
    }
    return result;
}

TEST(Autoreply, TellsEachSenderOnceInAWhile) {
    Host host(millrace_plugin_v1(), kConfig);
    Scope& ada = host.channel("ada@example.org");
    Scope& bob = host.channel("bob@example.org");
    EXPECT_EQ(ada.message(mail()).verdict, Verdict::ack);
    ada.message(mail());
    bob.message(mail());
    EXPECT_THAT(said(ada), ElementsAre("Auto: Lunch|I am away."));
    EXPECT_THAT(said(bob), ElementsAre("Auto: Lunch|I am away."));
    host.advance(72h - 1s);
    ada.message(mail());
    EXPECT_EQ(said(ada).size(), 1u);
    host.advance(1s);
    ada.message(mail());
    EXPECT_EQ(said(ada).size(), 2u);
}

TEST(Autoreply, RemembersWhomItHasTold) {
    Host host(millrace_plugin_v1(), kConfig);
    Scope& first = host.channel("ada@example.org");
    first.message(mail());
    first.disconnect();
    Scope& again = host.channel("ada@example.org");
    again.message(mail());
    EXPECT_THAT(said(again), IsEmpty());
}

TEST(Autoreply, AnswersNoProgram) {
    Host host(millrace_plugin_v1(), kConfig);
    Scope& list = host.channel("list@example.org");
    EXPECT_EQ(list.message(mail(false)).verdict, Verdict::ack);
    EXPECT_THAT(said(list), IsEmpty());
    EXPECT_EQ(list.state(), "");
}

TEST(Autoreply, HasAnotherSubject) {
    Host host(millrace_plugin_v1(), R"({"text":"Thank you.","subject":"We have it"})");
    Scope& ada = host.channel("ada@example.org");
    ada.message(mail());
    EXPECT_THAT(said(ada), ElementsAre("We have it|Thank you."));
}

TEST(Autoreply, TriesAgainWhereTheAnswerWasNotTaken) {
    Host host(millrace_plugin_v1(), kConfig);
    Scope& ada = host.channel("ada@example.org");
    ada.answer(MILLRACE_UNKNOWN);
    EXPECT_EQ(ada.message(mail()).verdict, Verdict::ack);
    EXPECT_THAT(host.log(), ElementsAre(HasSubstr("smarthost")));
    ada.answer(MILLRACE_FULL);
    EXPECT_EQ(ada.message(mail()).verdict, Verdict::retry);
    ada.answer(MILLRACE_TAKEN);
    ada.redeliver();
    EXPECT_EQ(said(ada).size(), 1u);
}

TEST(Autoreply, SaysWhatItsRouteNeeds) {
    Host host(millrace_plugin_v1(), kConfig);
    Scope& mail_scope = host.open();
    auto direct = mail();
    direct.clear_sender();
    EXPECT_EQ(mail_scope.message(direct).verdict, Verdict::ack);
    EXPECT_THAT(host.log(), ElementsAre(HasSubstr("autoreply:{sender}")));
}

}  // namespace
