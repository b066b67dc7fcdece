#include "adapters/websocket/origins.hpp"

#include <gtest/gtest.h>

namespace millrace::websocket {
namespace {

TEST(Origins, AreThoseOfTheHostWithoutAList) {
    struct Case {
        const char* origin;
        const char* host;
        bool allowed;
    };
    const Case cases[] = {
        {"", "example.com", true},
        {"https://example.com", "example.com", true},
        {"http://example.com", "example.com", true},
        {"https://example.com:443", "example.com", true},
        {"https://example.com", "example.com:443", true},
        {"http://example.com", "example.com:80", true},
        {"http://localhost:8080", "localhost:8080", true},
        {"HTTPS://Example.COM", "eXample.com", true},
        {"https://[2001:DB8::1]:8443", "[2001:db8::1]:8443", true},
        {"https://[::1]", "[::1]", true},
        {"https://xn--bcher-kva.example", "xn--bcher-kva.example", true},
        {"https://xn--bcher-kva.example", "bücher.example", false},
        {"http://example.com", "example.com:443", false},
        {"https://example.com", "example.com:80", false},
        {"https://example.com:8443", "example.com", false},
        {"https://example.com", "example.com:8443", false},
        {"https://example.com.evil.net", "example.com", false},
        {"https://evil-example.com", "example.com", false},
        {"https://www.example.com", "example.com", false},
        {"https://example.com.", "example.com", false},
        {"https://example.com/", "example.com", false},
        {"https://example.com@evil.net", "evil.net", false},
        {"https://example.com, https://example.com", "example.com", false},
        {"https://example.com https://evil.net", "example.com", false},
        {"null", "example.com", false},
        {"null", "null", false},
        {"*", "example.com", false},
        {"example.com", "example.com", false},
        {"://example.com", "example.com", false},
        {"https://", "", false},
        {"https://:443", ":443", false},
        {"file://", "example.com", false},
        {"chrome-extension://example.com", "example.com", false},
        {"https://example.com:", "example.com", false},
        {"https://example.com:4a3", "example.com", false},
        {"https://example.com:000443", "example.com", false},
        {"https://example.com", "example.com:", false},
    };
    const Origins origins;
    for (const Case& it : cases)
        EXPECT_EQ(origins.allow(it.origin, it.host), it.allowed) << it.origin << " " << it.host;
}

TEST(Origins, AreThoseOfTheListWhereThereIsOne) {
    Origins origins;
    for (const char* text : {"https://Example.com", "http://localhost:3000", "https://xn--bcher-kva.example:443",
                             "null", "chrome-extension://abcdef"}) {
        ASSERT_TRUE(origins.add(text)) << text;
    }
    for (const char* origin :
         {"", "https://example.com", "https://example.com:443", "HTTPS://EXAMPLE.COM", "http://localhost:3000",
          "https://xn--bcher-kva.example", "null", "chrome-extension://abcdef"}) {
        EXPECT_TRUE(origins.allow(origin, "other.example")) << origin;
    }
    for (const char* origin : {"http://example.com", "https://example.com:80", "https://sub.example.com",
                               "http://localhost", "https://localhost:3000", "https://other.example", "NULL", "*",
                               "https://example.com/", "chrome-extension://abcdeg"}) {
        EXPECT_FALSE(origins.allow(origin, "other.example")) << origin;
    }
}

TEST(Origins, AreAllWithAnAsterisk) {
    Origins origins;
    ASSERT_TRUE(origins.add("*"));
    for (const char* origin : {"", "null", "https://evil.net", "nonsense"}) EXPECT_TRUE(origins.allow(origin, "a"));
}

TEST(Origins, RefusesWhatIsNone) {
    for (const char* text : {"", "example.com", "https://", "https://example.com/", "https://example.com/path",
                             "https://*.example.com", "https://a b", "https://user@example.com", "https://a:b",
                             "https://example.com:", "://a", "ht tp://a", "**"}) {
        EXPECT_FALSE(Origins().add(text)) << text;
    }
}

}  // namespace
}  // namespace millrace::websocket
