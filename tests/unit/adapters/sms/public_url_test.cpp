#include "adapters/sms/public_url.hpp"

#include <gtest/gtest.h>

namespace millrace::sms {
namespace {

TEST(PublicUrl, WhatItCovers) {
    const struct {
        const char* url;
        const char* stripped;
        const char* target;
        bool is_covered;
        const char* called;
    } cases[] = {
        {"https://h/", "", "/", true, "https://h/"},
        {"https://h", "", "/?a=b", true, "https://h/?a=b"},
        {"https://h:8443/in", "", "/in", true, "https://h:8443/in"},
        {"https://h/in/", "", "/in", true, "https://h/in"},
        {"https://h/in", "", "/in/sms?x", true, "https://h/in/sms?x"},
        {"https://h/in", "", "/in?x", true, "https://h/in?x"},
        {"https://h/in", "", "/inn", false, "https://h/inn"},
        {"https://h/in", "", "/", false, "https://h/"},
        {"https://h/in", "", "/IN", false, "https://h/IN"},
        {"https://h/in", "/in", "/", true, "https://h/in/"},
        {"https://h/in/sms", "/in", "/sms?x", true, "https://h/in/sms?x"},
        {"https://h/in/sms", "/in/", "/sms", true, "https://h/in/sms"},
        {"https://h/in/sms", "/in", "/in/sms", false, "https://h/in/in/sms"},
        {"https://h/", "", "http://other:80/a?b", true, "https://h/a?b"},
        {"https://h/", "", "http://other", true, "https://h/"},
        {"https://h/", "", "/a%2f'+?q=%2B", true, "https://h/a%2f'+?q=%2B"},
        {"https://u:p@h/", "", "/", true, "https://u:p@h/"},
    };
    for (const auto& it : cases) {
        const PublicUrl url(it.url, it.stripped);
        EXPECT_TRUE(url.is_good() && url.has_prefix()) << it.url << ' ' << it.stripped;
        EXPECT_EQ(url.covers(it.target), it.is_covered) << it.url << ' ' << it.target;
        EXPECT_EQ(url.of(it.target), it.called);
    }
}

TEST(PublicUrl, WhatIsNone) {
    for (const char* url : {"", "h", "h/a", "ftp://h/", "https:///", "https://h/?a", "https://h?"})
        EXPECT_FALSE(PublicUrl(url, "").is_good()) << url;
    EXPECT_FALSE(PublicUrl("https://h/in", "/inner").has_prefix());
    EXPECT_FALSE(PublicUrl("https://h/inner", "/in").has_prefix());
}

}  // namespace
}  // namespace millrace::sms
