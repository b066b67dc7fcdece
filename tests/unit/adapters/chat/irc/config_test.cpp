#include "adapters/chat/irc/config.hpp"

#include <gtest/gtest.h>

#include "tests/support/read_settings.hpp"

namespace millrace::chat::irc {
namespace {

using Errors = std::vector<std::string>;

struct Read : test::ReadSettings<Settings> {
    using ReadSettings::ReadSettings;
    // With a server, and what is in these braces.
    static Read with(std::string_view json) {
        const std::string more(json.substr(1));
        return Read(R"({"server":"irc://irc.n")" + std::string(more == "}" ? "" : ",") + more);
    }
};

TEST(IrcConfig, Defaults) {
    const Read it(R"({"server":"irc://irc.test","join":"#ops"})");
    EXPECT_EQ(it.errors, Errors{});
    const SessionSettings& session = it.settings->session;
    EXPECT_EQ(session.network, "irc.test");
    EXPECT_EQ(it.settings->url.authority(), "irc.test:6667");
    EXPECT_FALSE(it.settings->tls_context);
    EXPECT_EQ(it.settings->backlog.messages, 1024u);
    EXPECT_EQ(it.settings->backlog.bytes, 1u << 20);
    EXPECT_FALSE(it.settings->takes_own);
    EXPECT_EQ(session.nick, "millrace");
    ASSERT_EQ(session.rooms.size(), 1u);
    EXPECT_EQ(session.rooms[0].name, "#ops");
    EXPECT_EQ(session.account.sasl, SaslMechanism::none);
    EXPECT_EQ(session.account.service, "");
    EXPECT_EQ(session.pace.burst, 5u);
    EXPECT_EQ(session.pace.interval_ms, 1300u);
    EXPECT_EQ(session.queue.items, 1000u);
    EXPECT_EQ(session.queue.bytes, 256u * 1024);
    EXPECT_EQ(session.lost_after_ms, 120'000);
    EXPECT_EQ(it.settings->fallback, Fallback::windows_1252);
}

TEST(IrcConfig, AllKeys) {
    const Read it(
        R"({"server":"ircs://irc.n:7000","network":"n","nick":"gw","alternatives":["gw1","gw2"],"user":"u",
                      "real_name":"The gateway",
                      "password":"s p","sasl":{"account":"acc","password":"pw","required":false},
                      "nickserv":{"service":"NickServ@services.n","wait":"1s"},
                      "join":["#a",{"room":"&b","key":"k"}],"encoding":"none","pace":{"burst":2,"interval":"2s"},
                      "queue_messages":3,"queue_bytes":"4KiB","max_lines":7,
                      "backlog":{"messages":5,"bytes":"2KiB"},
                      "own_messages":true,"max_persons":6,"idle_timeout":"8s",
                      "reconnect":{"initial":"2s","max":"3s"},"connect_timeout":"9s","ping":"1s",
                      "lost_after":"2s"})");
    EXPECT_EQ(it.errors, Errors{});
    EXPECT_EQ(it.settings->url.authority(), "irc.n:7000");
    EXPECT_TRUE(it.settings->tls_context);
    EXPECT_EQ(it.settings->backlog.messages, 5u);
    EXPECT_EQ(it.settings->backlog.bytes, 2048u);
    EXPECT_TRUE(it.settings->takes_own);
    EXPECT_EQ(it.settings->persons_max, 6u);
    EXPECT_EQ(it.settings->idle_timeout, std::chrono::seconds(8));
    EXPECT_EQ(it.settings->reconnect.max, std::chrono::seconds(3));
    const SessionSettings& session = it.settings->session;
    EXPECT_EQ(session.network, "n");
    EXPECT_EQ(session.alternatives, (std::vector<std::string>{"gw1", "gw2"}));
    EXPECT_EQ(session.password, "s p");
    EXPECT_EQ(session.account.sasl, SaslMechanism::plain);
    EXPECT_FALSE(session.account.is_required);
    EXPECT_EQ(session.account.name, "acc");
    EXPECT_EQ(session.account.password, "pw");
    EXPECT_EQ(session.account.service, "NickServ@services.n");
    EXPECT_EQ(session.account.service_wait_ms, 1000);
    ASSERT_EQ(session.rooms.size(), 2u);
    EXPECT_EQ(session.rooms[1].key, "k");
    EXPECT_EQ(session.lines_max, 7u);
    EXPECT_EQ(session.queue.bytes, 4096u);
    EXPECT_EQ(session.register_timeout_ms, 9000);
    EXPECT_EQ(it.settings->fallback, Fallback::replacement);
    const Read service = Read::with(R"({"nickserv":{"account":"a","password":"p"}})");
    EXPECT_EQ(service.errors, Errors{});
    EXPECT_EQ(service.settings->session.account.service, "NickServ");
    EXPECT_EQ(service.settings->session.account.name, "a");
}

TEST(IrcConfig, WhatCannotBe) {
    const struct {
        std::string_view json;
        std::string_view error;
    } rows[] = {
        {R"({"network":"a\nb"})", "network: it has more than one line"},
        {R"({"tls":{}})", "tls: it is for servers of ircs:// alone"},
        {R"({"sasl":{"mechanism":"external"}})", "sasl: `external` needs a certificate of its own in `tls`"},
        {R"({"reconnect":{"initial":"9s","max":"8s"}})",
         "reconnect: the first wait, `initial`, is longer than the longest, `max`"},
        {R"({"nick":"a b"})", "nick: `a b` is no nick"},
        {R"({"nick":"#a"})", "nick: `#a` is no nick"},
        {R"({"nick":"a\nQUIT"})", "nick: `a\nQUIT` is no nick"},
        {R"({"alternatives":["ok",""]})", "alternatives: `` is no nick"},
        {R"({"user":":u"})", "user: `:u` is no user name"},
        {R"({"real_name":"a\r\nb"})", "real_name: it has more than one line"},
        {R"({"password":"a\nb"})", "password: it has more than one line"},
        {R"({"join":["ops"]})", "join: `ops` is no room: it begins with `#` or `&`"},
        {R"({"join":["#a,#b"]})", "join: `#a,#b` is no room: it begins with `#` or `&`"},
        {R"({"join":[{"room":"#a","key":"k k"}]})", "join: the key of `#a` is none"},
        {R"({"sasl":{"account":"a"}})", "sasl: `plain` needs an account and its password"},
        {R"({"nickserv":{}})", "nickserv: there is no password to tell it"},
        {R"({"nickserv":{"password":"a\nb"}})", "nickserv: there is something in it that no line can have"},
        {R"({"sasl":{"account":"a","password":"p"},"nickserv":{"password":"q"}})",
         "nickserv.password: it is told that of `sasl`; without `sasl` it has its own"},
        {R"({"ping":"5s","lost_after":"5s"})", "lost_after: a server that is asked after `ping` needs time to answer"},
    };
    for (const auto& row : rows) EXPECT_EQ(Read::with(row.json).errors, Errors{std::string(row.error)}) << row.json;
}

TEST(IrcConfig, WhatIsNoServer) {
    for (const std::string server :
         {"", "irc.test", "http://irc.test", "irc://", "irc://a@irc.test", "irc://h/#room"}) {
        EXPECT_EQ(Read(R"({"server":")" + server + R"("})").errors,
                  Errors{"server: `" + server + "` is none: it needs ircs://HOST:PORT or irc://HOST:PORT"});
    }
}

}  // namespace
}  // namespace millrace::chat::irc
