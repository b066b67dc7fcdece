#include "adapters/smtp/smarthost.hpp"

#include <gmock/gmock.h>

#include "adapters/smtp/config.hpp"
#include "tests/support/read_settings.hpp"

namespace millrace::smtp {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// What is wrong with an adapter that has this smarthost.
std::vector<std::string> errors_of(const std::string& smarthost, const std::string& more = "") {
    return test::ReadSettings<AdapterSettings>(
               R"({"listen":"127.0.0.1:0","accept":"*@in.example.com","hostname":"mx.example.com",)" + more +
               R"("smarthost":)" + smarthost + "}")
        .errors;
}

TEST(Smarthost, MayBeConfigured) {
    for (const char* smarthost : {
             R"({"url":"smtp://relay:587","from":"gw@in.example.com"})",
             R"({"url":"smtps://relay","from":"gw@in.example.com","username":"gw","password":"x"})",
             R"({"url":"smtp://127.0.0.1:25","from":"gw@in.example.com","start_tls":"off"})",
         })
        EXPECT_THAT(errors_of(smarthost), IsEmpty()) << smarthost;
}

TEST(Smarthost, ErrorsNameTheirKey) {
    EXPECT_THAT(errors_of(R"({"url":"http://relay","from":"gw@in.example.com"})"),
                ElementsAre(HasSubstr("smarthost.url: it is no URL")));
    EXPECT_THAT(errors_of(R"({"url":"smtp://relay/x","from":"gw@in.example.com"})"),
                ElementsAre(HasSubstr("smarthost.url: its URL has more")));
    EXPECT_THAT(errors_of(R"({"url":"smtp://relay","from":"gw"})"),
                ElementsAre(HasSubstr("smarthost.from: `gw` is no address")));
    EXPECT_THAT(errors_of(R"({"url":"smtp://relay","from":"gw@in.example.com","username":"gw"})"),
                ElementsAre(HasSubstr("smarthost.username: an account has both")));
    EXPECT_THAT(errors_of(R"({"url":"smtp://relay","from":"gw@in.example.com","password":"x"})"),
                ElementsAre(HasSubstr("smarthost.password: an account has both")));
    EXPECT_THAT(errors_of(R"({"url":"smtp://relay","from":"gw@in.example.com","username":"gw","password":"x",)"
                          R"("start_tls":"optional"})"),
                ElementsAre(HasSubstr("smarthost.url: a password is sent over TLS alone")));
    EXPECT_THAT(errors_of(R"({"url":"smtp://relay","from":"gw@in.example.com","retry":{"initial":"1m","max":"1s"}})"),
                ElementsAre(HasSubstr("smarthost.retry.initial: it is longer")));
}

}  // namespace
}  // namespace millrace::smtp
