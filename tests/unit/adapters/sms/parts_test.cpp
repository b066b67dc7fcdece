#include "adapters/sms/parts.hpp"

#include <gtest/gtest.h>

#include "millrace/abi.h"

namespace millrace::sms {
namespace {

using Strings = std::vector<std::string>;

constexpr std::int64_t kDeadlineMs = 5'000;

class PartsTest : public ::testing::Test {
  protected:
    // One of a message; `id` is the provider's, and has its own answering.
    Arrival part(const std::string& id, std::uint32_t number, std::uint32_t total, const std::string& reference = "r",
                 const std::string& text = {}) {
        Arrival arrival;
        arrival.event = inbound_event(id, id);
        arrival.event.text = text.empty() ? "[" + id + "]" : text;
        v1::Sms::Inbound& inbound = *arrival.event.body.mutable_inbound();
        inbound.mutable_from()->set_raw("+1");
        inbound.add_to()->set_raw("+2");
        inbound.set_complete(false);
        inbound.set_segments(1);
        inbound.mutable_part()->set_reference(reference);
        inbound.mutable_part()->set_number(number);
        inbound.mutable_part()->set_total(total);
        arrival.answering = std::make_shared<Answering>(http::Responder(), provider, given, id, 1);
        arrival.answering->when_put_off([this, id] { put_off.push_back(id); });
        answering[id] = arrival.answering;
        return arrival;
    }

    // The texts of what became whole; a `?` behind one whose parts are not all there.
    Strings take(Arrival arrival) {
        std::vector<Arrival> whole;
        parts.take(std::move(arrival), now_ms, whole);
        return told(whole);
    }
    Strings give_up() {
        std::vector<Arrival> whole;
        parts.give_up(now_ms, whole);
        return told(whole);
    }
    Strings told(std::vector<Arrival>& whole) {
        Strings texts;
        for (Arrival& it : whole) {
            texts.push_back(it.event.text + (it.event.body.inbound().complete() ? "" : "?"));
            last = std::move(it);
        }
        return texts;
    }
    // How the last whole one ends.
    void end(std::uint32_t verdict) {
        ASSERT_TRUE(last.answering->settle(verdict));
        last.answering->answer();
    }

    const Provider& provider = *find_provider("vonage-sms");
    GivenReplies given;
    ConsentWords words;
    Parts parts{words, kDeadlineMs};
    std::int64_t now_ms = 1'000;
    std::map<std::string, std::weak_ptr<Answering>> answering;
    Strings put_off;
    Arrival last;
};

TEST_F(PartsTest, AreOneMessageInTheirOrder) {
    EXPECT_EQ(take(part("c", 3, 3)), Strings{});
    EXPECT_EQ(take(part("a", 1, 3)), Strings{});
    EXPECT_FALSE(parts.empty());
    EXPECT_EQ(take(part("b", 2, 3)), Strings{"[a][b][c]"});
    EXPECT_TRUE(parts.empty());
    const v1::Sms::Inbound& inbound = last.event.body.inbound();
    EXPECT_EQ(last.event.body.event_key(), "a");
    EXPECT_EQ(inbound.segments(), 3u);
    EXPECT_FALSE(inbound.has_part());
}

TEST_F(PartsTest, OfOtherMessagesStandApart) {
    EXPECT_EQ(take(part("a", 1, 2, "r")), Strings{});
    EXPECT_EQ(take(part("b", 2, 2, "s")), Strings{});
    EXPECT_EQ(take(part("c", 2, 3, "r")), Strings{});
    Arrival foreign = part("d", 2, 2, "r");
    foreign.event.body.mutable_inbound()->mutable_from()->set_raw("+9");
    EXPECT_EQ(take(std::move(foreign)), Strings{});
    EXPECT_EQ(take(part("e", 2, 2, "r")), Strings{"[a][e]"});
}

TEST_F(PartsTest, ThatAreMissingAtTheDeadlineAreNotWaitedFor) {
    take(part("b", 2, 3));
    now_ms += kDeadlineMs - 1;
    take(part("c", 3, 3));
    EXPECT_EQ(give_up(), Strings{});
    now_ms += 1;
    EXPECT_EQ(give_up(), Strings{"[b][c]?"});
    EXPECT_EQ(last.event.body.inbound().segments(), 2u);
    EXPECT_EQ(last.event.body.inbound().part().total(), 3u);
    EXPECT_EQ(give_up(), Strings{});
}

TEST_F(PartsTest, AllWebhooksAreAnsweredAsTheMessageIs) {
    take(part("a", 1, 2));
    take(part("a", 1, 2));
    ASSERT_EQ(take(part("b", 2, 2)), Strings{"[a][b]"});
    EXPECT_EQ(put_off, Strings{});
    end(MILLRACE_RETRY);
    EXPECT_EQ(put_off, (Strings{"b", "a"})) << "the first part's own call is another one";
    put_off.clear();
    EXPECT_EQ(take(part("a", 1, 2)), Strings{}) << "what comes again after 503 is a new attempt";
    EXPECT_EQ(take(part("b", 2, 2)), Strings{"[a][b]"});
    end(MILLRACE_ACK);
    EXPECT_EQ(put_off, Strings{});
}

TEST_F(PartsTest, OneOfAMessageThatWasWholeIsAnsweredAndThatIsAll) {
    take(part("a", 1, 2));
    take(part("b", 2, 2));
    end(MILLRACE_ACK);
    last = {};
    EXPECT_EQ(take(part("a", 1, 2)), Strings{});
    EXPECT_TRUE(parts.empty());
    EXPECT_TRUE(answering["a"].expired()) << "nobody holds its webhook any more";
    now_ms += Parts::kRememberedMs;
    take(part("c", 1, 2, "s"));
    take(part("d", 2, 2, "s"));
    take(part("a", 1, 2));
    EXPECT_FALSE(parts.empty()) << "that was forgotten";
}

TEST_F(PartsTest, AReferenceThatIsUsedAgainBeginsAnotherMessage) {
    take(part("a", 1, 2));
    EXPECT_EQ(take(part("x", 1, 2)), Strings{"[a]?"});
    EXPECT_EQ(take(part("y", 2, 2)), Strings{"[x][y]"});
}

TEST_F(PartsTest, AWordOfConsentIsOneWhenItIsWhole) {
    take(part("a", 1, 2, "r", "ST"));
    take(part("b", 2, 2, "r", "OP"));
    EXPECT_EQ(last.event.body.consent().action(), v1::Sms::Consent::STOP);
    take(part("c", 1, 2, "s", "STOP"));
    now_ms += kDeadlineMs;
    EXPECT_EQ(give_up(), Strings{"STOP?"});
    EXPECT_FALSE(last.event.body.has_consent());
}

TEST_F(PartsTest, OfBinaryMessagesAreBytes) {
    Arrival first = part("a", 1, 2), second = part("b", 2, 2);
    first.event.data = std::string("\0\1", 2);
    second.event.data = "\2";
    take(std::move(first));
    take(std::move(second));
    EXPECT_EQ(last.event.data, std::string("\0\1\2", 3));
}

TEST_F(PartsTest, TheOldestGoesOnWhereTooManyWait) {
    for (std::size_t i = 0; i < Parts::kMessagesMax; ++i, ++now_ms)
        ASSERT_EQ(take(part(std::to_string(i), 1, 2, std::to_string(i))), Strings{});
    EXPECT_EQ(take(part("x", 1, 2, "x")), Strings{"[0]?"});
}

}  // namespace
}  // namespace millrace::sms
