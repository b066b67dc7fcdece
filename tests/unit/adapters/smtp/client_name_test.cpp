#include "adapters/smtp/client_name.hpp"

#include <gtest/gtest.h>

#include <future>

#include "adapters/smtp/name_desk.hpp"
#include "tests/unit/adapters/smtp/dns_server.hpp"

namespace millrace::smtp {
namespace {

using Result = v1::Email::Authentication;
using namespace std::string_literals;

constexpr auto kOwn = "1.2.0.192.in-addr.arpa";

Dns::Address address(const char* text) { return boost::asio::ip::make_address(text); }

class ClientNameTest : public ::testing::Test {
  protected:
    void add_name(const std::string& of, const std::string& name) {
        server_.add(of, DnsServer::kPtr, DnsServer::encoded(name));
    }
    void add_address(const std::string& of, const std::string& bytes) { server_.add(of, DnsServer::kA, bytes); }

    void expect(const char* of, Result::Result result, const std::string& name) {
        const ClientName found = client_name(address(of), Dns(server_.start()));
        EXPECT_EQ(found.result, result);
        EXPECT_EQ(found.name, name);
    }

    DnsServer server_;
};

TEST_F(ClientNameTest, LeadsBack) {
    add_name(kOwn, "MAIL.example.org");
    add_address("mail.example.org", "\xC0\0\2\2"s);
    add_address("mail.example.org", "\xC0\0\2\1"s);
    expect("192.0.2.1", Result::PASS, "mail.example.org");
}

TEST_F(ClientNameTest, OfAnAddressThatCameOverIPv6) {
    add_name(kOwn, "mail.example.org");
    add_address("mail.example.org", "\xC0\0\2\1"s);
    expect("::ffff:192.0.2.1", Result::PASS, "mail.example.org");
}

TEST_F(ClientNameTest, OfIPv6) {
    add_name("1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa", "six.example.org");
    server_.add("six.example.org", DnsServer::kAaaa, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1"s);
    expect("2001:db8::1", Result::PASS, "six.example.org");
}

TEST_F(ClientNameTest, ThatIsNotTheFirst) {
    add_name(kOwn, "other.example.org");
    add_name(kOwn, "mail.example.org");
    add_address("other.example.org", "\xC0\0\2\2"s);
    add_address("mail.example.org", "\xC0\0\2\1"s);
    expect("192.0.2.1", Result::PASS, "mail.example.org");
}

TEST_F(ClientNameTest, NoMoreThanFiveAreLookedAt) {
    for (const char* name : {"a.example", "b.example", "c.example", "d.example", "e.example", "mail.example.org"})
        add_name(kOwn, name);
    add_address("mail.example.org", "\xC0\0\2\1"s);
    expect("192.0.2.1", Result::FAIL, "a.example");
}

TEST_F(ClientNameTest, OfSomebodyElse) {
    add_name(kOwn, "mail.example.org");
    add_address("mail.example.org", "\xC0\0\2\2"s);
    expect("192.0.2.1", Result::FAIL, "mail.example.org");
}

TEST_F(ClientNameTest, ThatLeadsNowhere) {
    add_name(kOwn, "mail.example.org");
    expect("192.0.2.1", Result::FAIL, "mail.example.org");
}

TEST_F(ClientNameTest, None) { expect("192.0.2.1", Result::PERMERROR, ""); }

// An address is no name, or it would lead back to itself.
TEST_F(ClientNameTest, ThatCanBeNoHosts) {
    add_name(kOwn, "192.0.2.1");
    add_name(kOwn, "(mail");
    add_name(kOwn, "a b\r\nc");
    expect("192.0.2.1", Result::PERMERROR, "");
}

TEST_F(ClientNameTest, RecordsThatAreCutOff) {
    server_.add(kOwn, DnsServer::kPtr,
                "\x3F"
                "abc");
    expect("192.0.2.1", Result::PERMERROR, "");
}

TEST_F(ClientNameTest, AServerThatFails) {
    server_.fail(kOwn);
    expect("192.0.2.1", Result::TEMPERROR, "");
}

TEST_F(ClientNameTest, AServerThatFailsLater) {
    add_name(kOwn, "mail.example.org");
    server_.fail("mail.example.org");
    expect("192.0.2.1", Result::TEMPERROR, "mail.example.org");
}

TEST_F(ClientNameTest, ASilentServerIsNotWaitedForForLong) {
    server_.ignore(kOwn);
    expect("192.0.2.1", Result::TEMPERROR, "");
}

TEST_F(ClientNameTest, IsAskedForByTheDesk) {
    add_name(kOwn, "mail.example.org");
    add_address("mail.example.org", "\xC0\0\2\1"s);
    NameDesk desk{Dns(server_.start())};
    desk.start();
    std::promise<ClientName> told;
    ASSERT_TRUE(desk.ask(address("192.0.2.1"), [&](ClientName name) { told.set_value(std::move(name)); }));
    EXPECT_EQ(told.get_future().get().name, "mail.example.org");
}

TEST_F(ClientNameTest, TheDeskTakesNoMoreThanItCanKeep) {
    NameDesk desk{Dns(server_.start())};
    for (std::size_t i = 0; i < NameDesk::kWaitingMax; ++i) ASSERT_TRUE(desk.ask(address("192.0.2.1"), [](auto) {}));
    EXPECT_FALSE(desk.ask(address("192.0.2.1"), [](auto) {}));
}

}  // namespace
}  // namespace millrace::smtp
