#include <gtest/gtest.h>

#include <boost/asio/ip/address.hpp>

#include "adapters/common/http/date.hpp"
#include "adapters/common/http/request_rates.hpp"
#include "adapters/common/http/settings.hpp"

namespace millrace::http {
namespace {

using boost::asio::ip::make_address;

TEST(Date, IsWrittenAsHttpWantsIt) {
    EXPECT_EQ(to_date(784'111'777), "Sun, 06 Nov 1994 08:49:37 GMT");
    EXPECT_EQ(to_date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
    EXPECT_EQ(to_date(1'709'251'199), "Thu, 29 Feb 2024 23:59:59 GMT");
}

TEST(RequestRates, AreOfOneClient) {
    RequestRates rates(2);
    const auto first = make_address("192.0.2.1");
    EXPECT_TRUE(rates.take(first, 1'000));
    EXPECT_TRUE(rates.take(first, 1'000));
    EXPECT_FALSE(rates.take(first, 1'499));
    EXPECT_TRUE(rates.take(make_address("192.0.2.2"), 1'499));
    EXPECT_TRUE(rates.take(first, 1'500)) << "half a second brings one";
    EXPECT_FALSE(rates.take(first, 1'500));
    EXPECT_TRUE(rates.take(first, 5'000));
    EXPECT_TRUE(rates.take(first, 5'000)) << "no more than those of one second are saved";
    EXPECT_FALSE(rates.take(first, 5'000));
}

TEST(RequestRates, CountANetworkOfIpv6AsOneClient) {
    RequestRates rates(1);
    EXPECT_TRUE(rates.take(make_address("2001:db8::1"), 0));
    EXPECT_FALSE(rates.take(make_address("2001:db8::2"), 0));
    EXPECT_TRUE(rates.take(make_address("2001:db8:0:1::1"), 0));
}

TEST(RequestRates, LetThroughWhoCannotBeCounted) {
    RequestRates rates(1);
    for (unsigned i = 0; i < 70'000; ++i) EXPECT_TRUE(rates.take(boost::asio::ip::address_v4(i), 1'000));
    EXPECT_FALSE(rates.take(boost::asio::ip::address_v4(0), 1'000));
    EXPECT_TRUE(rates.take(boost::asio::ip::address_v4(69'999), 1'000));
    EXPECT_TRUE(rates.take(boost::asio::ip::address_v4(69'999), 3'000));
    EXPECT_FALSE(rates.take(boost::asio::ip::address_v4(69'999), 3'000)) << "those that are quiet are forgotten";
}

TEST(RequestRates, MayBeAny) {
    RequestRates rates(0);
    for (int i = 0; i < 1'000; ++i) EXPECT_TRUE(rates.take(make_address("192.0.2.1"), 0));
}

TEST(ServerSettings, AreThoseOfLimitsUnlessSaid) {
    ServerSettings settings;
    read(Config(R"({"listen": "127.0.0.1:0", "max_body": 100, "answer_timeout": "2s"})", nullptr), settings);
    const Limits limits = settings.limits();
    const Limits usual;
    EXPECT_EQ(limits.body_bytes_max, 100u);
    EXPECT_EQ(limits.answer_ms, 2'000);
    EXPECT_EQ(limits.head_bytes_max, usual.head_bytes_max);
    EXPECT_EQ(limits.headers_max, usual.headers_max);
    EXPECT_EQ(limits.pending_max, usual.pending_max);
    EXPECT_EQ(limits.head_ms, usual.head_ms);
    EXPECT_EQ(limits.body_ms, usual.body_ms);
    EXPECT_EQ(limits.idle_ms, usual.idle_ms);
    EXPECT_EQ(limits.stall_ms, usual.stall_ms);
    EXPECT_EQ(limits.close_ms, usual.close_ms);
}

}  // namespace
}  // namespace millrace::http
