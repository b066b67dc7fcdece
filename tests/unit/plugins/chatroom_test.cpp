#include <gmock/gmock.h>

#include <millrace/testing.hpp>

namespace {

using millrace::testing::Host;
using millrace::testing::Outcome;
using millrace::testing::Scope;
using millrace::testing::Verdict;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Chatroom : public ::testing::Test {
  protected:
    Scope& enter(const std::string& room, const std::string& query = {}) {
        return host_.open({{"room", room}, {"path", "/rooms/" + room}, {"query", query}});
    }

    // What the peer has got since the last look.
    std::vector<std::string> news(const Scope& scope) {
        const auto replies = scope.replies();
        std::size_t& seen = seen_[&scope];
        std::vector<std::string> fresh(replies.begin() + static_cast<std::ptrdiff_t>(seen), replies.end());
        seen = replies.size();
        return fresh;
    }

    Host host_{millrace_plugin_v1()};
    std::map<const Scope*, std::size_t> seen_;
};

TEST_F(Chatroom, WelcomesByName) {
    EXPECT_THAT(news(enter("blue", "x=1&name=Ada+%22%c3%9c%22")),
                ElementsAre(R"({"kind":"welcome","name":"Ada \"Ü\"","room":"blue"})"));
    EXPECT_THAT(news(enter("red")), ElementsAre(R"({"kind":"welcome","name":"guest-scope-2","room":"red"})"));
    EXPECT_THAT(news(host_.open({{"path", "/talk"}, {"query", "name=B%"}})),
                ElementsAre(R"({"kind":"welcome","name":"B%","room":"/talk"})"));
}

TEST_F(Chatroom, RefusesWhatIsNoName) {
    const Outcome refused{Verdict::reject, 400,
                          "Rooms and names have 1 to 64 bytes of UTF-8, without control characters."};
    for (const std::string name :
         {"%00", "a%0ab", "%7f", "%ff", "%c3", "%c0%80", "%ed%a0%80", "%f5%80%80%80", "%e2%82"}) {
        EXPECT_EQ(enter("blue", "name=" + name).outcome(), refused) << name;
    }
    EXPECT_EQ(enter("blue", "name=" + std::string(65, 'x')).outcome(), refused);
    EXPECT_EQ(enter("bl\tue").outcome(), refused);
    EXPECT_EQ(enter("blue", "name=" + std::string(64, 'x')).outcome().verdict, Verdict::ack);
}

TEST_F(Chatroom, EverybodyKnowsWhoIsHere) {
    Scope& ada = enter("blue", "name=Ada");
    Scope& bob = enter("blue", "name=Bob");
    Scope& eve = enter("red", "name=Eve");
    EXPECT_THAT(news(ada),
                ElementsAre(R"({"kind":"welcome","name":"Ada","room":"blue"})", R"({"kind":"joined","name":"Bob"})"));
    EXPECT_THAT(news(bob),
                ElementsAre(R"({"kind":"welcome","name":"Bob","room":"blue"})", R"({"kind":"here","name":"Ada"})"));
    EXPECT_THAT(news(eve), ElementsAre(R"({"kind":"welcome","name":"Eve","room":"red"})"));

    Scope& cyd = enter("blue", "name=Cyd");
    EXPECT_THAT(news(cyd), ElementsAre(R"({"kind":"welcome","name":"Cyd","room":"blue"})",
                                       R"({"kind":"here","name":"Ada"})", R"({"kind":"here","name":"Bob"})"));
    ada.disconnect();
    EXPECT_THAT(news(bob), ElementsAre(R"({"kind":"joined","name":"Cyd"})", R"({"kind":"left","name":"Ada"})"));
    bob.message("/who"), cyd.message("/who");
    EXPECT_THAT(news(bob), ElementsAre(R"({"kind":"people","names":["Bob","Cyd"],"complete":true})"));
    EXPECT_THAT(news(cyd), ElementsAre(R"({"kind":"left","name":"Ada"})",
                                       R"({"kind":"people","names":["Cyd","Bob"],"complete":true})"));
    EXPECT_THAT(news(eve), IsEmpty());
}

TEST_F(Chatroom, WhatIsSaidGoesToAllOfTheRoom) {
    Scope& ada = enter("blue", "name=Ada");
    Scope& bob = enter("blue", "name=Bob");
    Scope& eve = enter("red", "name=Eve");
    news(ada), news(bob), news(eve);
    ada.message("hi \"all\"\n\\ Ü");
    const std::string said = R"({"kind":"said","name":"Ada","text":"hi \"all\"\u000a\\ Ü"})";
    EXPECT_THAT(news(ada), ElementsAre(said));
    EXPECT_THAT(news(bob), ElementsAre(said));
    EXPECT_THAT(news(eve), IsEmpty());
}

TEST_F(Chatroom, TakesTextOnly) {
    Scope& ada = enter("blue");
    ada.data("x");
    ASSERT_NE(ada.closed(), nullptr);
    EXPECT_EQ(ada.closed()->code, 1003u);
}

TEST_F(Chatroom, TheRosterOutlivesAnInstance) {
    Scope& ada = enter("blue", "name=Ada");
    enter("blue", "name=Bob");
    news(ada);
    ada.answer(MILLRACE_FULL);
    EXPECT_EQ(ada.message("/who").verdict, Verdict::retry);
    ada.answer(MILLRACE_TAKEN);
    ada.redeliver();
    EXPECT_THAT(news(ada), ElementsAre(R"({"kind":"people","names":["Ada","Bob"],"complete":true})"));
    ada.message("still me");
    EXPECT_THAT(news(ada), ElementsAre(R"({"kind":"said","name":"Ada","text":"still me"})"));
}

TEST_F(Chatroom, SaysThatMessagesWereLostAndMakesTheListAnew) {
    Scope& ada = enter("blue", "name=Ada");
    Scope& bob = enter("blue", "name=Bob");
    news(ada), news(bob);
    ada.gap(12);
    EXPECT_THAT(news(ada), ElementsAre(R"({"kind":"lost","count":12})"));
    ada.message("/who");
    EXPECT_THAT(news(ada), ElementsAre(R"({"kind":"people","names":["Ada","Bob"],"complete":false})",
                                       R"({"kind":"here","name":"Bob"})"));
    ada.message("/who");
    EXPECT_THAT(news(ada), ElementsAre(R"({"kind":"people","names":["Ada","Bob"],"complete":true})"));
    EXPECT_THAT(news(bob), IsEmpty());
}

}  // namespace
