#include "adapters/mqtt/session.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace millrace::mqtt {
namespace {

using Settlement = Session::Settlement;
using Release = Session::Release;

constexpr Reason kOk = Reason::success;
constexpr Reason kNo = Reason::not_authorized;

// What may be sent now: "ack 1", "rec 2", and "!" behind those that refuse.
std::string owed(Session& session) {
    std::string text;
    while (const auto it = session.next_owed()) {
        text += text.empty() ? "" : ", ";
        text += (it->type == PacketType::puback ? "ack " : "rec ") + std::to_string(it->packet_id);
        if (is_failure(it->reason)) text += "!";
    }
    return text;
}

std::uint64_t must_arrive(Session& session, std::uint8_t qos, std::uint16_t packet_id, std::uint32_t size = 10) {
    EXPECT_FALSE(session.is_full());
    const auto number = session.arrive({qos, packet_id, size});
    EXPECT_TRUE(number);
    return number.value_or(0);
}

TEST(Session, AcknowledgesInTheOrderOfArrival) {
    Session session({16, 1000});
    for (std::uint16_t id = 10; id < 14; ++id) EXPECT_EQ(must_arrive(session, 1, id), id - 10u);
    EXPECT_EQ(session.settle(2, kOk), Settlement::taken);
    EXPECT_EQ(session.settle(1, kNo), Settlement::taken);
    EXPECT_EQ(owed(session), "");
    EXPECT_EQ(session.settle(0, kOk), Settlement::taken);
    EXPECT_EQ(owed(session), "ack 10, ack 11!, ack 12");
    EXPECT_EQ(owed(session), "");
    EXPECT_EQ(session.settle(3, kOk), Settlement::taken);
    EXPECT_EQ(owed(session), "ack 13");
    EXPECT_EQ(session.messages(), 0u);
    EXPECT_EQ(session.bytes(), 0u);
}

TEST(Session, Qos0HoldsNothingUp) {
    Session session({16, 1000});
    must_arrive(session, 0, 0);
    must_arrive(session, 1, 5);
    EXPECT_EQ(session.settle(1, kOk), Settlement::taken);
    EXPECT_EQ(owed(session), "ack 5");
    EXPECT_EQ(session.messages(), 2u);  // But what is behind it counts as long as it has not ended.
    EXPECT_EQ(session.settle(0, kOk), Settlement::taken);
    EXPECT_EQ(owed(session), "");
    EXPECT_EQ(session.messages(), 0u);
}

TEST(Session, BothQosAreOneLine) {
    Session session({16, 1000});
    must_arrive(session, 2, 1);
    must_arrive(session, 1, 2);
    must_arrive(session, 2, 3);
    session.settle(1, kOk);
    session.settle(2, kOk);
    EXPECT_EQ(owed(session), "");
    session.settle(0, kOk);
    EXPECT_EQ(owed(session), "rec 1, ack 2, rec 3");
}

TEST(Session, EachIsSettledOnce) {
    Session session({4, 1000});
    EXPECT_EQ(session.settle(0, kOk), Settlement::unknown);
    must_arrive(session, 1, 1);
    must_arrive(session, 1, 2);
    EXPECT_EQ(session.settle(1, kOk), Settlement::taken);
    EXPECT_EQ(session.settle(1, kNo), Settlement::stale);
    EXPECT_EQ(session.settle(0, kOk), Settlement::taken);
    EXPECT_EQ(owed(session), "ack 1, ack 2");
    EXPECT_EQ(session.settle(0, kOk), Settlement::stale);
    EXPECT_EQ(session.settle(2, kOk), Settlement::unknown);
    EXPECT_EQ(owed(session), "");
    for (std::uint16_t id = 1; id < 100; ++id) {  // Round and round the ring.
        const std::uint64_t number = must_arrive(session, 1, id);
        EXPECT_EQ(session.settle(number - 1, kOk), Settlement::stale);
        EXPECT_EQ(session.settle(number - std::min<std::uint64_t>(number, 4), kOk), Settlement::stale);
        EXPECT_EQ(session.settle(number, kOk), Settlement::taken);
        EXPECT_EQ(owed(session), "ack " + std::to_string(id));
    }
}

TEST(Session, Qos2EntersOnce) {
    Session session({16, 1000});
    must_arrive(session, 2, 7);
    EXPECT_FALSE(session.arrive({2, 7, 10}));  // It waits in line already.
    EXPECT_EQ(session.messages(), 1u);
    EXPECT_EQ(session.release(7), Release::early);
    session.settle(0, kOk);
    EXPECT_EQ(session.release(7), Release::early);
    EXPECT_EQ(owed(session), "rec 7");
    EXPECT_FALSE(session.arrive({2, 7, 10}));  // PUBREC was lost.
    EXPECT_EQ(owed(session), "rec 7");
    EXPECT_EQ(session.release(7), Release::known);
    EXPECT_EQ(session.release(7), Release::unknown);
    EXPECT_EQ(must_arrive(session, 2, 7), 1u);
}

TEST(Session, RefusedQos2GivesItsIdentifierBack) {
    Session session({16, 1000});
    must_arrive(session, 2, 7);
    session.settle(0, kNo);
    EXPECT_EQ(owed(session), "rec 7!");
    EXPECT_EQ(session.release(7), Release::unknown);
    EXPECT_EQ(must_arrive(session, 2, 7), 1u);
}

TEST(Session, WhatDoesNotGoOnKeepsItsPlaceInLine) {
    Session session({16, 1000});
    must_arrive(session, 1, 1);
    session.refuse({1, 2, 500}, kNo);
    session.refuse({2, 3, 500}, kNo);
    EXPECT_EQ(session.bytes(), 10u);
    EXPECT_EQ(must_arrive(session, 1, 4), 1u);  // It has taken no number.
    EXPECT_EQ(owed(session), "");
    session.settle(0, kOk);
    EXPECT_EQ(owed(session), "ack 1, ack 2!, rec 3!");
}

TEST(Session, IsFullByMessagesAndByBytes) {
    Session session({4, 100});
    must_arrive(session, 1, 1, 60);
    EXPECT_FALSE(session.is_half_empty());
    must_arrive(session, 1, 2, 60);
    EXPECT_TRUE(session.is_full());
    session.settle(1, kOk);
    EXPECT_FALSE(session.is_full());
    EXPECT_FALSE(session.is_half_empty());
    session.settle(0, kOk);
    owed(session);
    EXPECT_TRUE(session.is_half_empty());
    for (std::uint16_t id = 1; id < 5; ++id) must_arrive(session, 0, 0, 1);
    EXPECT_TRUE(session.is_full());
    session.settle(2, kOk);
    session.settle(3, kOk);
    owed(session);
    EXPECT_TRUE(session.is_half_empty());

    Session narrow({1, 1});
    must_arrive(narrow, 1, 1, 1'000'000);
    EXPECT_TRUE(narrow.is_full());
    narrow.settle(0, kOk);
    EXPECT_EQ(owed(narrow), "ack 1");
    EXPECT_TRUE(narrow.is_half_empty());
}

TEST(Session, AConnectionLaterQos1ComesAgain) {
    Session session({16, 1000});
    must_arrive(session, 1, 1);
    must_arrive(session, 1, 2);
    must_arrive(session, 0, 0);
    session.settle(1, kOk);
    session.begin(3);
    session.resume(true);
    EXPECT_EQ(session.messages(), 0u);
    EXPECT_EQ(owed(session), "");
    EXPECT_EQ(session.settle(0, kOk), Settlement::stale);
    EXPECT_EQ(session.settle(2, kOk), Settlement::stale);
    EXPECT_EQ(must_arrive(session, 1, 1), 3u);
    EXPECT_EQ(session.settle(0, kOk), Settlement::stale);
    EXPECT_EQ(owed(session), "");
}

TEST(Session, AConnectionLaterQos2IsRemembered) {
    Session session({16, 1000});
    for (std::uint16_t id = 1; id < 6; ++id) must_arrive(session, 2, id);
    session.settle(0, kOk);
    EXPECT_EQ(owed(session), "rec 1");  // 1 received, 2 and 3 with the gateway, 4 settled, 5 never seen.
    session.settle(3, kNo);
    session.begin(4);
    session.resume(true);
    EXPECT_FALSE(session.arrive({2, 1, 10}));
    EXPECT_EQ(owed(session), "rec 1");
    EXPECT_FALSE(session.arrive({2, 2, 10}));
    EXPECT_FALSE(session.arrive({2, 4, 10}));
    EXPECT_EQ(owed(session), "");
    EXPECT_EQ(session.settle(2, kOk), Settlement::taken);  // 3, before it has come again
    EXPECT_EQ(session.settle(1, kOk), Settlement::taken);
    EXPECT_EQ(session.settle(1, kOk), Settlement::stale);
    EXPECT_EQ(owed(session), "rec 2, rec 4!");
    EXPECT_FALSE(session.arrive({2, 3, 10}));
    EXPECT_EQ(owed(session), "rec 3");
    EXPECT_EQ(must_arrive(session, 2, 5), 5u);
    EXPECT_EQ(must_arrive(session, 2, 4), 6u);
    EXPECT_EQ(session.release(1), Release::known);
    EXPECT_EQ(session.release(2), Release::known);
    EXPECT_EQ(session.release(3), Release::known);
}

TEST(Session, TwoConnectionsLaterQos2IsStillRemembered) {
    Session session({16, 1000});
    must_arrive(session, 2, 1);
    for (int i = 0; i < 3; ++i) {
        session.begin(1);
        session.resume(true);
        EXPECT_FALSE(session.arrive({2, 1, 10}));
        EXPECT_EQ(owed(session), "");
    }
    EXPECT_EQ(session.settle(0, kOk), Settlement::taken);
    EXPECT_EQ(owed(session), "rec 1");
    EXPECT_EQ(session.release(1), Release::known);
}

TEST(Session, WithoutASessionEverythingIsNew) {
    Session session({16, 1000});
    must_arrive(session, 2, 1);
    must_arrive(session, 2, 2);
    session.settle(0, kOk);
    EXPECT_EQ(owed(session), "rec 1");
    session.begin(2);
    session.resume(false);
    EXPECT_EQ(session.settle(1, kOk), Settlement::stale);
    EXPECT_EQ(must_arrive(session, 2, 1), 2u);
    EXPECT_EQ(must_arrive(session, 2, 2), 3u);
    EXPECT_EQ(owed(session), "");
}

// PUBREC for a repetition waits behind another message; meanwhile PUBREL comes, and a new message with its identifier.
TEST(Session, AnIdentifierThatIsUsedAgainIsNotTakenForTheOld) {
    Session session({16, 1000});
    must_arrive(session, 2, 7);
    session.settle(0, kOk);
    EXPECT_EQ(owed(session), "rec 7");
    must_arrive(session, 1, 1);
    EXPECT_FALSE(session.arrive({2, 7, 10}));
    EXPECT_EQ(session.release(7), Release::known);
    EXPECT_EQ(must_arrive(session, 2, 7), 2u);
    session.settle(1, kOk);
    EXPECT_EQ(owed(session), "ack 1");
    EXPECT_EQ(session.release(7), Release::early);
    session.settle(2, kOk);
    EXPECT_EQ(owed(session), "rec 7");
    EXPECT_EQ(session.release(7), Release::known);
}

TEST(Session, ReleaseOfWhatNeverCame) {
    Session session({16, 1000});
    EXPECT_EQ(session.release(1), Release::unknown);
    must_arrive(session, 2, 2);
    EXPECT_EQ(session.release(1), Release::unknown);
}

}  // namespace
}  // namespace millrace::mqtt
