#include "adapters/sms/url_forms.hpp"

#include <gtest/gtest.h>

namespace millrace::sms {
namespace {

TEST(UrlForms, All) {
    const struct {
        const char* url;
        const char* forms[kUrlForms];
    } cases[] = {
        {"https://h/p",
         {"https://h/p", "https://h:443/p", "https://h/p", "https://h:443/p", "https://h/p", "https://h:443/p"}},
        {"http://u:p@h:8080/p?",
         {"http://u:p@h/p?", "http://u:p@h:8080/p?", "http://u:p@h/p?", "http://u:p@h:8080/p?", "http://u:p@h/p?",
          "http://u:p@h:8080/p?"}},
        {"https://h/?a=It's+\"b\"&c",
         {"https://h/?a=It's+\"b\"&c", "https://h:443/?a=It's+\"b\"&c", "https://h/?a=It%27s+%22b%22&c",
          "https://h:443/?a=It%27s+%22b%22&c", "https://h/?a=It's%20%22b%22&c=", "https://h:443/?a=It's%20%22b%22&c="}},
        {"http://h/?b=1&a=2&b=3&c=%2b&&a=4",
         {"http://h/?b=1&a=2&b=3&c=%2b&&a=4", "http://h:80/?b=1&a=2&b=3&c=%2b&&a=4", "http://h/?b=1&a=2&b=3&c=%2b&&a=4",
          "http://h:80/?b=1&a=2&b=3&c=%2b&&a=4", "http://h/?b=1&b=3&a=2&a=4&c=%2B",
          "http://h:80/?b=1&b=3&a=2&a=4&c=%2B"}},
        {"https://h/?\xC3\xA9<>",
         {"https://h/?\xC3\xA9<>", "https://h:443/?\xC3\xA9<>", "https://h/?%C3%A9%3C%3E",
          "https://h:443/?%C3%A9%3C%3E", "https://h/?%C3%A9%3C%3E=", "https://h:443/?%C3%A9%3C%3E="}},
    };
    const char* const names[kUrlForms] = {"plain", "port", "escaped", "escaped-port", "rebuilt", "rebuilt-port"};
    for (const auto& it : cases) {
        for (std::size_t i = 0; i < kUrlForms; ++i) {
            EXPECT_EQ(url_form(it.url, i).url, it.forms[i]);
            EXPECT_EQ(url_form(it.url, i).name, names[i]);
        }
    }
}

}  // namespace
}  // namespace millrace::sms
