#include "adapters/chat/irc/capability.hpp"

#include <gtest/gtest.h>

namespace millrace::chat::irc {
namespace {

using Requests = std::vector<std::string>;

Requests take(Negotiation& negotiation, std::string_view text) {
    Line line;
    EXPECT_EQ(parse_line(text, line), LineFault::none);
    Requests requests;
    negotiation.take(line, requests);
    return requests;
}

TEST(IrcNegotiation, AsksForWhatIsOfferedInSeveralLines) {
    Negotiation it(false);
    EXPECT_EQ(take(it, "CAP * LS * :multi-prefix sasl=PLAIN unknown/cap"), Requests{});
    EXPECT_FALSE(it.is_settled());
    EXPECT_EQ(take(it, "CAP * LS :server-time draft/chathistory=100"),
              Requests{"server-time multi-prefix draft/chathistory"});
    EXPECT_FALSE(it.is_settled());
    EXPECT_EQ(take(it, "CAP me ACK :server-time"), Requests{});
    EXPECT_FALSE(it.is_settled());
    EXPECT_EQ(take(it, "CAP me ACK :multi-prefix draft/chathistory batch"), Requests{});
    EXPECT_TRUE(it.is_settled());
    EXPECT_TRUE(it.has(Capability::server_time));
    EXPECT_FALSE(it.has(Capability::batch));  // Nobody had asked.
    EXPECT_FALSE(it.has(Capability::sasl));
    EXPECT_EQ(it.sasl_mechanisms(), "PLAIN");
}

TEST(IrcNegotiation, NothingIsOffered) {
    for (const std::string_view none : {"CAP * LS :", "CAP * LS", "CAP * LS :other"}) {
        Negotiation it(true);
        EXPECT_EQ(take(it, none), Requests{});
        EXPECT_TRUE(it.is_settled());
    }
    Negotiation it(true);
    EXPECT_FALSE(it.is_settled());
    it.is_unknown();
    EXPECT_TRUE(it.is_settled());
}

TEST(IrcNegotiation, WhatIsRefusedAmongOthersIsAskedForAlone) {
    Negotiation it(true);
    EXPECT_EQ(take(it, "CAP * LS :sasl batch chghost"), Requests{"batch chghost sasl"});
    EXPECT_EQ(take(it, "CAP * NAK :batch chghost sa"), Requests{"sasl"});  // Cut off, as some are.
    EXPECT_EQ(take(it, "CAP * ACK :sasl "), Requests{"chghost"});
    EXPECT_EQ(take(it, "CAP * NAK chghost"), Requests{"batch"});
    EXPECT_EQ(take(it, "CAP * ACK :batch"), Requests{});
    EXPECT_TRUE(it.is_settled());
    EXPECT_TRUE(it.has(Capability::sasl));
    EXPECT_FALSE(it.has(Capability::chghost));
}

TEST(IrcNegotiation, NewsWhileConnected) {
    Negotiation it(true);
    take(it, "CAP * LS :batch");
    take(it, "CAP * ACK :batch");
    EXPECT_EQ(take(it, "CAP me NEW :chghost batch"), Requests{"chghost"});
    EXPECT_EQ(take(it, "CAP me NEW :setname"), Requests{});  // One request at a time.
    EXPECT_EQ(take(it, "CAP me ACK :chghost"), Requests{"setname"});
    EXPECT_EQ(take(it, "CAP me DEL :batch chghost"), Requests{});
    EXPECT_FALSE(it.has(Capability::batch));
    EXPECT_EQ(take(it, "CAP me NEW :batch"), Requests{});
    EXPECT_EQ(take(it, "CAP me ACK :setname"), Requests{"batch"});
    EXPECT_EQ(take(it, "CAP me ACK :-setname"), Requests{});
    EXPECT_FALSE(it.has(Capability::setname));
    EXPECT_EQ(take(it, "CAP me ACK :batch"), Requests{});
    EXPECT_TRUE(it.has(Capability::batch));
    for (const std::string_view odd : {"CAP", "CAP me", "CAP me LIST :batch", "CAP me ACK", "CAP me NAK", "CAP x y z"})
        EXPECT_EQ(take(it, odd), Requests{}) << odd;
    EXPECT_TRUE(it.has(Capability::batch));
}

}  // namespace
}  // namespace millrace::chat::irc
