#include <gmock/gmock.h>

#include "millrace/consumer.hpp"
#include "millrace/testing.hpp"

// Contract C4: commands to groups, and what members hear.
namespace {

using millrace::Sent;
using millrace::testing::Command;
using millrace::testing::Host;
using millrace::testing::Outcome;
using millrace::testing::Scope;
using millrace::testing::Verdict;
using ::testing::ElementsAre;

constexpr std::uint64_t kNumber = 77;

std::string shown(const millrace::Receipt& receipt) {
    return "receipt " + std::to_string(receipt.correlation) + ": " + std::to_string(receipt.members) + " members, " +
           std::to_string(receipt.taken) + " taken, " + std::to_string(receipt.dropped) + " dropped";
}

// Does what its peer says, and says what it hears of others.
template <class Base> struct Member : Base {
    void handle(const millrace::Message& event) {
        const std::string_view text = event.text();
        if (!event.group().empty()) {
            this->log(millrace::Level::info, std::string(event.group()) + "|" + std::string(event.sender()) + "|" +
                                                 std::to_string(event.correlation()) + "|" + std::string(text));
        } else if (text == "join") {
            this->join("g");
        } else if (text == "leave") {
            this->leave("g");
        } else if (text == "retry") {
            this->join("g"), this->group_send("g", text), this->retry("later");
        } else if (text == "others") {
            this->group_send("g", event, {.not_self = true, .reported = true, .correlation = kNumber});
        } else if (text == "peers") {
            this->group_reply("g", event, {.reported = true, .correlation = kNumber});
        } else if (text == "nobody") {
            this->group_send("", "x"), this->join(std::string(201, 'x'));
        } else if (text == "try") {
            if (this->try_reply("x") == Sent::full) this->log(millrace::Level::info, "no room");
        } else {
            this->group_send("g", event);
        }
    }
    void tell(const millrace::Message& event) {
        this->log(millrace::Level::info, event.kind() == millrace::Kind::gap ? "lost " + std::to_string(event.lost())
                                                                             : shown(event.receipt()));
    }
};

template <class Base> struct Plain : Member<Base> {
    void on_message(const millrace::Message& event) override { this->handle(event); }
    void on_receipt(const millrace::Message& event) override { this->tell(event); }
    void on_gap(const millrace::Message& event) override { this->tell(event); }
};

struct Sync : Plain<millrace::Consumer> {};
struct Inline : Plain<millrace::InlineConsumer> {};
struct Async : Member<millrace::AsyncConsumer> {
    millrace::Task on_message(millrace::Message event) override {
        handle(event);
        co_return;
    }
    millrace::Task on_receipt(millrace::Message event) override {
        tell(event);
        co_return;
    }
    millrace::Task on_gap(millrace::Message event) override {
        tell(event);
        co_return;
    }
};

template <class Type> class Groups : public ::testing::Test {
  protected:
    Scope& member() {
        Scope& scope = host_.open();
        scope.message("join");
        return scope;
    }

    Host host_{millrace::plugin<Type>()};
};
using Bases = ::testing::Types<Sync, Inline, Async>;
TYPED_TEST_SUITE(Groups, Bases);

TYPED_TEST(Groups, C4_every_member_hears_what_is_sent) {
    Scope& one = this->member();
    this->member();
    this->host_.open();
    one.message("hi");
    EXPECT_THAT(this->host_.log(), ElementsAre("g|test@test:scope-1|0|hi", "g|test@test:scope-1|0|hi"));
    EXPECT_THAT(one.replies(), ElementsAre());
}

TYPED_TEST(Groups, C4_others_hear_it_and_the_sender_gets_a_receipt) {
    this->member();
    Scope& two = this->member();
    two.message("others");
    EXPECT_THAT(this->host_.log(),
                ElementsAre("g|test@test:scope-2|77|others", "receipt 77: 2 members, 1 taken, 0 dropped"));
}

TYPED_TEST(Groups, C4_peers_get_the_bytes_and_a_full_one_a_gap) {
    Scope& one = this->member();
    Scope& two = this->member();
    two.answer(MILLRACE_FULL);
    this->host_.open().message("peers");
    EXPECT_THAT(one.replies(), ElementsAre("peers"));
    EXPECT_THAT(two.replies(), ElementsAre());
    EXPECT_THAT(this->host_.log(), ElementsAre("lost 1", "receipt 77: 2 members, 1 taken, 1 dropped"));
}

TYPED_TEST(Groups, C4_those_who_left_hear_nothing) {
    Scope& one = this->member();
    Scope& two = this->member();
    one.message("leave");
    two.disconnect();
    this->host_.open().message("hi");
    EXPECT_THAT(this->host_.log(), ElementsAre());
}

TYPED_TEST(Groups, C4_what_is_undone_was_never_sent) {
    this->member();
    EXPECT_EQ(this->host_.open().message("retry").verdict, Verdict::retry);
    EXPECT_THAT(this->host_.log(), ElementsAre());
}

TYPED_TEST(Groups, AGapSaysHowMuchWasLost) {
    EXPECT_EQ(this->host_.open().gap(300), Outcome{Verdict::ack});
    EXPECT_THAT(this->host_.log(), ElementsAre("lost 300"));
}

TYPED_TEST(Groups, C1_a_name_that_is_none_is_not_allowed) {
    Scope& scope = this->host_.open();
    EXPECT_EQ(scope.message("nobody"), Outcome{Verdict::ack});
    EXPECT_THAT(scope.commands(), ElementsAre());
}

TYPED_TEST(Groups, C1_a_try_that_is_full_marks_nothing) {
    Scope& scope = this->host_.open();
    scope.message("try");
    scope.answer(MILLRACE_FULL);
    EXPECT_EQ(scope.message("try"), Outcome{Verdict::ack});
    EXPECT_THAT(scope.commands(), ElementsAre(Command{MILLRACE_REPLY, MILLRACE_TEXT, 0, "x", {}, {}, MILLRACE_TRY}));
    EXPECT_THAT(this->host_.log(), ElementsAre("no room"));
}

}  // namespace
