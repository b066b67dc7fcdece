#include "adapters/smtp/config.hpp"

#include <gmock/gmock.h>

#include "tests/support/read_settings.hpp"

namespace millrace::smtp {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> errors_of(const std::string& json) { return test::ReadSettings<AdapterSettings>(json).errors; }

std::vector<std::string> errors_with(const std::string& more) {
    return errors_of(R"({"listen":"127.0.0.1:0","accept":"*@in.example.com","hostname":"mx.example.com",)" + more +
                     "}");
}

TEST(Config, ListenErrorsShowAnAddress) {
    EXPECT_THAT(errors_of(R"({"listen":["127.0.0.1:0","[::1]:25"],"accept":"*@a.org"})"), IsEmpty());
    EXPECT_THAT(errors_of(R"({"listen":"mx:25","accept":"*@a.org"})"),
                ElementsAre("listen: `mx:25` is no address: it needs IP:PORT, like 127.0.0.1:2525 or [::1]:2525"));
    EXPECT_THAT(errors_of(R"({"listen":["127.0.0.1:25","127.0.0.1:25"],"accept":"*@a.org"})"),
                ElementsAre("listen: `127.0.0.1:25` is there twice"));
}

TEST(Config, ErrorsNameTheirKey) {
    EXPECT_THAT(errors_with(R"("tls_mode":"implicit")"), ElementsAre("tls_mode: it needs `tls`"));
    EXPECT_THAT(errors_with(R"("require_tls":true)"), ElementsAre("require_tls: it needs `tls`"));
    EXPECT_THAT(errors_with(R"("require_auth":true)"), ElementsAre("require_auth: it needs `users`"));
    EXPECT_THAT(errors_with(R"("proxy_protocol":["10.0.0.0/8","nobody"])"),
                ElementsAre("proxy_protocol: `nobody` is neither an IP address nor a network like 10.0.0.0/8"));
    EXPECT_THAT(errors_of(R"({"listen":"127.0.0.1:0","accept":"*@a.org","hostname":"no host"})"),
                ElementsAre("hostname: `no host` is no name of a host"));
    EXPECT_THAT(errors_of(R"({"listen":"127.0.0.1:0","accept":"nobody"})"),
                ElementsAre("accept: `nobody` is no address: it needs NAME@DOMAIN, and `*` may stand for any part of "
                            "either"));
    EXPECT_THAT(errors_of(R"({"listen":"127.0.0.1:0","accept":[{"file":"# ours\r\nada@a.org \r\n\r\nnobody\n"}]})"),
                ElementsAre("accept: line 4 of the file: `nobody` is no address: it needs NAME@DOMAIN, and `*` may "
                            "stand for any part of either"));
    EXPECT_THAT(errors_of(R"({"listen":"127.0.0.1:0","accept":"*@a.org","hostname":"mühle.example",
                              "smarthost":{"url":"smtp://127.0.0.1:25","from":"gw@a.org"}})"),
                ElementsAre("hostname: mail that is sent needs one in ASCII: `mühle.example` is not"));
}

TEST(Config, ErrorsOfUsersNameTheLine) {
    const std::string in_clear = "users: nobody can log in without `tls`: passwords are not sent in clear";
    EXPECT_THAT(errors_with(R"("users":"# ours\nada:$6$salt$hash\n")"), ElementsAre(in_clear));
    EXPECT_THAT(errors_with(R"("users":"ada:$6$salt$hash\nada:$6$salt$other\n")"),
                ElementsAre("users: line 2: the name is there twice", in_clear));
    EXPECT_THAT(errors_with(R"("users":"\nada\n")"), ElementsAre("users: line 2: it needs NAME:HASH", in_clear));
    EXPECT_THAT(errors_with(R"("users":"ada:secret")"),
                ElementsAre("users: line 1: its hash is none of scrypt ($7$), yescrypt ($y$) or SHA-512 ($6$); "
                            "`mkpasswd` makes them",
                            in_clear));
}

}  // namespace
}  // namespace millrace::smtp
