#include "adapters/common/url_parts.hpp"

#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(UrlParts, Splits) {
    const struct {
        const char* url;
        const char* parts;  // scheme, user info, host, port, path, query
        bool has_query;
    } cases[] = {
        {"https://h", "https||h|||", false},
        {"https://h/", "https||h||/|", false},
        {"https://h?a", "https||h|||a", true},
        {"https://h/p?", "https||h||/p|", true},
        {"https://h/p?a=/?b", "https||h||/p|a=/?b", true},
        {"http://u:p@h:8080/p/q?a#f?g", "http|u:p|h|8080|/p/q|a", true},
        {"https://u@v@h/p", "https|u@v|h||/p|", false},
        {"https://[::1]:443/p", "https||[::1]|443|/p|", false},
        {"https://[::1]/p:1", "https||[::1]||/p:1|", false},
        {"https://h:/p", "https||h||/p|", false},
        {"https://h/p@q", "https||h||/p@q|", false},
        {"/p?a://b", "||||/p|a://b", true},
        {"p", "||||p|", false},
        {"", "|||||", false},
        {"?", "|||||", true},
        {"a/b://c", "||||a/b://c|", false},
    };
    for (const auto& it : cases) {
        const UrlParts parts = split_url(it.url);
        std::string shown(parts.scheme);
        for (const std::string_view part : {parts.user_info, parts.host, parts.port, parts.path, parts.query})
            (shown += '|') += part;
        EXPECT_EQ(shown, it.parts) << it.url;
        EXPECT_EQ(parts.has_query, it.has_query) << it.url;
    }
}

TEST(UrlParts, ArePutTogether) {
    EXPECT_EQ(split_url("https://u:p@h:1/p").origin(""), "https://u:p@h");
    EXPECT_EQ(split_url("https://u:p@h:1/p").origin("443"), "https://u:p@h:443");
    EXPECT_EQ(split_url("https://h").default_port(), "443");
    EXPECT_EQ(split_url("http://h").default_port(), "80");
    EXPECT_EQ(split_url("ftp://h").default_port(), "");
    EXPECT_EQ(split_url("/p").origin(""), "");
}

}  // namespace
}  // namespace millrace
