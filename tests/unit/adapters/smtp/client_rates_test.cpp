#include "adapters/smtp/client_rates.hpp"

#include <gtest/gtest.h>

namespace millrace::smtp {
namespace {

using What = ClientRates::What;

boost::asio::ip::address address(const char* text) { return boost::asio::ip::make_address(text); }

TEST(ClientRates, CountEachThingOfEachClientByItself) {
    RateSettings settings;
    settings.mails = 2;
    settings.handshakes = 1;
    ClientRates rates(settings);
    const auto ada = address("192.0.2.1"), bob = address("192.0.2.2");
    EXPECT_TRUE(rates.take(What::mail, ada, 0));
    EXPECT_TRUE(rates.take(What::mail, ada, 0));
    EXPECT_FALSE(rates.take(What::mail, ada, 0));
    EXPECT_TRUE(rates.take(What::mail, bob, 0));
    EXPECT_FALSE(rates.is_used_up(What::handshake, ada, 0));
    EXPECT_TRUE(rates.take(What::handshake, ada, 0));
    EXPECT_TRUE(rates.is_used_up(What::handshake, ada, 0));
    EXPECT_FALSE(rates.take(What::handshake, ada, 59'999));
    EXPECT_TRUE(rates.take(What::handshake, ada, 60'000));
    for (int i = 0; i < 1000; ++i) EXPECT_TRUE(rates.take(What::connection, ada, 0)) << "it has no limit";
    EXPECT_FALSE(rates.is_used_up(What::connection, ada, 0));
}

TEST(ClientRates, CountANetworkOfIPv6AsOneClient) {
    RateSettings settings;
    settings.connections = 1;
    ClientRates rates(settings);
    EXPECT_TRUE(rates.take(What::connection, address("2001:db8:0:1::1"), 0));
    EXPECT_FALSE(rates.take(What::connection, address("2001:db8:0:1:ffff::2"), 0));
    EXPECT_TRUE(rates.take(What::connection, address("2001:db8:0:2::1"), 0));
    EXPECT_TRUE(rates.take(What::connection, address("192.0.2.1"), 0));
    EXPECT_FALSE(rates.take(What::connection, address("::ffff:192.0.2.1"), 0));
}

}  // namespace
}  // namespace millrace::smtp
