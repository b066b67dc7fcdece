#include "adapters/common/trusted_proxies.hpp"

#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(TrustedProxies, ReadsAddressesAndNetworks) {
    for (const char* text :
         {"10.0.0.1", "10.0.0.0/8", "0.0.0.0/0", "192.0.2.128/25", "::1", "2001:db8::/32", "::/0", "::ffff:10.0.0.1"}) {
        EXPECT_TRUE(TrustedProxies().add(text)) << text;
    }
    for (const char* text : {"", "localhost", "10.0.0", "10.0.0.1/33", "10.0.0.1/8", "10.0.0.0/", "10.0.0.0/x",
                             "10.0.0.0/-1", "::1/129", "2001:db8::1/32", "[::1]", "10.0.0.1:80", "fe80::1%eth0"}) {
        EXPECT_FALSE(TrustedProxies().add(text)) << text;
    }
}

TEST(TrustedProxies, TrustsWhatIsInItsNetworks) {
    TrustedProxies proxies;
    for (const char* text : {"10.0.0.0/8", "192.0.2.7", "192.0.2.128/25", "2001:db8::/33"})
        ASSERT_TRUE(proxies.add(text));
    const auto trusts = [&](const char* text) { return proxies.trusts(boost::asio::ip::make_address(text)); };
    for (const char* text :
         {"10.0.0.0", "10.255.255.255", "192.0.2.7", "192.0.2.128", "::ffff:10.1.2.3", "2001:db8:7fff::1"}) {
        EXPECT_TRUE(trusts(text)) << text;
    }
    for (const char* text : {"11.0.0.0", "9.255.255.255", "192.0.2.6", "192.0.2.127", "2001:db8:8000::", "::1",
                             "::ffff:11.0.0.1", "a00::"}) {
        EXPECT_FALSE(trusts(text)) << text;
    }
    EXPECT_FALSE(TrustedProxies().trusts(boost::asio::ip::make_address("127.0.0.1")));
}

std::string many_hops() {
    std::string text = "203.0.113.9";
    for (int i = 0; i < 500; ++i) text += ", 10.0.0." + std::to_string(i % 256);
    return text;
}

TEST(TrustedProxies, FindsTheClient) {
    struct Case {
        const char* name;
        const char* peer;
        std::vector<std::pair<std::string, std::string>> headers;
        const char* client;
    };
    const std::string listed = "x-forwarded-for";
    const std::string forwarded = "forwarded";
    const std::vector<Case> cases = {
        {"nothing said", "10.0.0.1", {}, "10.0.0.1"},
        {"a peer that is not trusted", "192.0.2.1", {{listed, "203.0.113.9"}}, "192.0.2.1"},
        {"one hop", "10.0.0.1", {{listed, "203.0.113.9"}}, "203.0.113.9"},
        {"two hops", "10.0.0.1", {{listed, "203.0.113.9, 10.0.0.2"}}, "203.0.113.9"},
        {"a spoofed left part", "10.0.0.1", {{listed, "127.0.0.1, 203.0.113.9"}}, "203.0.113.9"},
        {"a spoofed header before the proxy's",
         "10.0.0.1",
         {{listed, "127.0.0.1"}, {listed, "203.0.113.9"}},
         "203.0.113.9"},
        {"spoofed as a proxy", "10.0.0.1", {{listed, "10.9.9.9, 203.0.113.9, 10.0.0.2"}}, "203.0.113.9"},
        {"all are proxies", "10.0.0.1", {{listed, "10.0.0.3,10.0.0.2"}}, "10.0.0.3"},
        {"garbage", "10.0.0.1", {{listed, "garbage"}}, "10.0.0.1"},
        {"garbage on the left", "10.0.0.1", {{listed, "<script>, 203.0.113.9"}}, "203.0.113.9"},
        {"garbage behind a proxy", "10.0.0.1", {{listed, "203.0.113.9, ?, 10.0.0.2"}}, "10.0.0.2"},
        {"garbage on the right", "10.0.0.1", {{listed, "203.0.113.9, ?"}}, "10.0.0.1"},
        {"empty", "10.0.0.1", {{listed, ""}}, "10.0.0.1"},
        {"an empty part", "10.0.0.1", {{listed, "203.0.113.9,"}}, "10.0.0.1"},
        {"unknown", "10.0.0.1", {{listed, "unknown"}}, "10.0.0.1"},
        {"with a port", "10.0.0.1", {{listed, "203.0.113.9:4711"}}, "203.0.113.9"},
        {"IPv6", "10.0.0.1", {{listed, "2001:db9::7"}}, "2001:db9::7"},
        {"IPv6 in brackets", "10.0.0.1", {{listed, "[2001:db9::7]"}}, "2001:db9::7"},
        {"IPv6 with a port", "10.0.0.1", {{listed, "[2001:db9::7]:1"}}, "2001:db9::7"},
        {"IPv4 in IPv6", "10.0.0.1", {{listed, "::ffff:203.0.113.9"}}, "203.0.113.9"},
        {"a proxy as IPv4 in IPv6", "10.0.0.1", {{listed, "203.0.113.9, ::ffff:10.0.0.2"}}, "203.0.113.9"},
        {"a peer as IPv4 in IPv6", "::ffff:10.0.0.1", {{listed, "203.0.113.9"}}, "203.0.113.9"},
        {"a zone", "10.0.0.1", {{listed, "fe80::1%eth0"}}, "10.0.0.1"},
        {"many hops", "10.0.0.1", {{listed, many_hops()}}, "203.0.113.9"},
        {"Forwarded", "10.0.0.1", {{forwarded, "for=203.0.113.9;proto=https;by=10.0.0.1"}}, "203.0.113.9"},
        {"Forwarded, other case and blanks", "10.0.0.1", {{forwarded, "Proto=http; FOR=203.0.113.9"}}, "203.0.113.9"},
        {"Forwarded, quoted IPv6", "10.0.0.1", {{forwarded, "for=\"[2001:db9::7]:4711\""}}, "2001:db9::7"},
        {"Forwarded, a comma in quotes", "10.0.0.1", {{forwarded, "for=203.0.113.9;host=\"a,b\""}}, "203.0.113.9"},
        {"Forwarded, an escaped quote",
         "10.0.0.1",
         {{forwarded, "for=203.0.113.9;host=\"a\\\",for=1.2.3.4\""}},
         "203.0.113.9"},
        {"Forwarded, several",
         "10.0.0.1",
         {{forwarded, "for=1.2.3.4, for=203.0.113.9"}, {forwarded, "for=10.0.0.2"}},
         "203.0.113.9"},
        {"Forwarded, hidden", "10.0.0.1", {{forwarded, "for=_hidden"}}, "10.0.0.1"},
        {"Forwarded, none", "10.0.0.1", {{forwarded, "proto=https"}}, "10.0.0.1"},
        {"Forwarded, twice in one element", "10.0.0.1", {{forwarded, "for=1.2.3.4;for=203.0.113.9"}}, "10.0.0.1"},
        {"Forwarded, a quote that does not end", "10.0.0.1", {{forwarded, "for=\"203.0.113.9"}}, "10.0.0.1"},
        {"both agree", "10.0.0.1", {{listed, "203.0.113.9"}, {forwarded, "for=203.0.113.9"}}, "203.0.113.9"},
        {"both differ", "10.0.0.1", {{listed, "203.0.113.9"}, {forwarded, "for=127.0.0.1"}}, "10.0.0.1"},
        {"another header", "10.0.0.1", {{"x-real-ip", "203.0.113.9"}}, "10.0.0.1"},
    };
    TrustedProxies proxies;
    ASSERT_TRUE(proxies.add("10.0.0.0/8"));
    for (const Case& it : cases) {
        EXPECT_EQ(proxies.client(boost::asio::ip::make_address(it.peer), it.headers).to_string(), it.client) << it.name;
    }
}

}  // namespace
}  // namespace millrace
