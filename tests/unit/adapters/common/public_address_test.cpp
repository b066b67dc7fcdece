#include "adapters/common/public_address.hpp"

#include <gtest/gtest.h>

namespace millrace {
namespace {

bool is_public_text(const char* text) { return is_public(boost::asio::ip::make_address(text)); }

// Each network's first and last address, and what lies beside it.
TEST(PublicAddress, IsNoneOfASpecialNetwork) {
    for (const char* text : {
             "0.0.0.0",         "0.255.255.255",   "10.0.0.0",        "10.255.255.255",  "100.64.0.0",
             "100.100.100.200", "100.127.255.255", "127.0.0.0",       "127.0.0.1",       "127.255.255.255",
             "169.254.0.0",     "169.254.169.254", "169.254.255.255", "172.16.0.0",      "172.31.255.255",
             "192.0.0.0",       "192.0.0.192",     "192.0.2.1",       "192.88.99.1",     "192.168.0.0",
             "192.168.255.255", "198.18.0.0",      "198.19.255.255",  "198.51.100.255",  "203.0.113.0",
             "224.0.0.1",       "239.255.255.255", "240.0.0.0",       "255.255.255.255", "168.63.129.16",
         })
        EXPECT_FALSE(is_public_text(text)) << text;
    for (const char* text : {
             "1.0.0.0",         "9.255.255.255",   "11.0.0.0",        "100.63.255.255", "100.128.0.0",
             "126.255.255.255", "128.0.0.0",       "169.253.255.255", "169.255.0.0",    "172.15.255.255",
             "172.32.0.0",      "192.0.1.0",       "192.0.3.0",       "192.88.98.255",  "192.167.255.255",
             "192.169.0.0",     "198.17.255.255",  "198.20.0.0",      "198.51.101.0",   "203.0.112.255",
             "203.0.114.0",     "223.255.255.255", "168.63.129.15",   "8.8.8.8",
         })
        EXPECT_TRUE(is_public_text(text)) << text;
}

TEST(PublicAddress, OfIpv6IsOneOfTheGlobalOnes) {
    for (const char* text : {
             "::",
             "::1",
             "::8.8.8.8",
             "64:ff9b::8.8.8.8",
             "64:ff9b:1::1",
             "100::1",
             "fc00::",
             "fd00:ec2::254",
             "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
             "fe80::1",
             "febf::1",
             "fec0::1",
             "ff02::1",
             "2001::1",
             "2001:1ff:ffff::1",
             "2001:db8::1",
             "2001:db8:ffff::1",
             "2002:7f00:1::1",
             "2002:808:808::1",
             "3fff::1",
             "3fff:fff::1",
             "4000::1",
             "5f00::1",
             "1fff::1",
         })
        EXPECT_FALSE(is_public_text(text)) << text;
    for (const char* text : {"2000::1", "2001:200::1", "2001:4860:4860::8888", "2001:db7::1", "2001:db9::1", "2003::1",
                             "2606:4700::1111", "3ffe::1", "3fff:1000::1"})
        EXPECT_TRUE(is_public_text(text)) << text;
}

TEST(PublicAddress, IsJudgedByTheIpv4AddressThatIsMapped) {
    for (const char* text :
         {"::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:0.0.0.0", "::ffff:7f00:1"})
        EXPECT_FALSE(is_public_text(text)) << text;
    EXPECT_TRUE(is_public_text("::ffff:8.8.8.8"));
}

}  // namespace
}  // namespace millrace
