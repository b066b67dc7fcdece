#include "adapters/mqtt/connect.hpp"

#include <gtest/gtest.h>

#include "tests/unit/adapters/mqtt/codec_reader.hpp"

namespace millrace::mqtt {
namespace {

using namespace test;

constexpr Version k3 = Version::v3_1_1;
constexpr Version k5 = Version::v5;

std::string head(int level, int flags, unsigned keep_alive_s = 60) {
    return str("MQTT") + bytes({level, flags}) + u16(keep_alive_s);
}

std::string written(const std::string& body, const ConnectChanges& changes) {
    Connect connect;
    EXPECT_EQ(parse_connect(body, connect), Fault{});
    std::string out;
    write_connect(out, connect, changes);
    return out;
}

TEST(Connect, IsRead) {
    const std::string will_properties = property(24, u32(5));
    const std::string session = property(17, u32(3600));
    const std::string body = head(5, 0xEE, 30) + properties(session) + str("me") + properties(will_properties) +
                             str("w/t") + str("gone") + str("user") + str("\xFF\x00");
    Connect connect;
    ASSERT_EQ(parse_connect(body, connect), Fault{});
    EXPECT_EQ(connect.version, k5);
    EXPECT_TRUE(connect.clean_start);
    EXPECT_EQ(connect.keep_alive_s, 30);
    EXPECT_EQ(connect.properties.bytes(), session);
    EXPECT_EQ(connect.client_id, "me");
    EXPECT_EQ(connect.will_flags, 0x2C);
    EXPECT_EQ(connect.will, properties(will_properties) + str("w/t") + str("gone"));
    EXPECT_EQ(connect.username, "user");
    EXPECT_TRUE(connect.password);

    ASSERT_EQ(parse_connect(head(4, 0x02, 0) + str(""), connect), Fault{});
    EXPECT_EQ(connect.version, k3);
    EXPECT_EQ(connect.keep_alive_s, 0);
    EXPECT_EQ(connect.client_id, "");
    EXPECT_EQ(connect.will, "");
    EXPECT_FALSE(connect.username);
    EXPECT_FALSE(connect.password);
}

TEST(Connect, ThatIsWrong) {
    struct Case {
        const char* name;
        std::string body;
        Fault fault;
    };
    const Fault version = malformed("it speaks neither MQTT 3.1.1 nor MQTT 5");
    const Fault early = malformed("it ends early");
    const Case cases[] = {
        {"nothing", "", early},
        {"MQTT 3.1", str("MQIsdp") + bytes({3, 2}) + u16(60) + str("a"), version},
        {"no such version", head(6, 2) + str("a"), version},
        {"another name", str("mqtt") + bytes({4, 2}) + u16(60) + str("a"), version},
        {"reserved flag", head(4, 3) + str("a"), malformed("its reserved flag is set")},
        {"retain of no will", head(4, 0x22) + str("a"), malformed("it has flags of a will, and no will")},
        {"QoS of no will", head(4, 0x0A) + str("a"), malformed("it has flags of a will, and no will")},
        {"will of QoS 3", head(4, 0x1E) + str("a"), malformed("there is no QoS 3")},
        {"password alone in 3.1.1", head(4, 0x42) + str("a") + str("p"),
         malformed("it has a password without a user name")},
        {"no identifier and a session", head(4, 0) + str(""),
         malformed("it has no client identifier, and wants to keep the session")},
        {"identifier that is no text", head(4, 2) + str("\xFF"),
         malformed("the client identifier is not UTF-8, or has U+0000 in it")},
        {"user name that is no text", head(4, 0x82) + str("a") + str("\xFF"), malformed("the user name is not UTF-8")},
        {"will to a wildcard", head(4, 0x06) + str("a") + str("w/#") + str(""),
         malformed("the will's topic is none to publish to")},
        {"will without payload", head(4, 0x06) + str("a") + str("w"), early},
        {"will with a property that has no place there",
         head(5, 0x06) + properties("") + str("a") + properties(property(33, u16(1))) + str("w") + str(""),
         malformed("a property has no place there")},
        {"no user name", head(4, 0x82) + str("a"), early},
        {"no password", head(4, 0xC2) + str("a") + str("u"), early},
        {"more", head(4, 2) + str("a") + "x", malformed("there is more in it than belongs there")},
        {"properties that end early", head(5, 2) + bytes({9}), malformed("its properties end early")},
        {"receive maximum 0", head(5, 2) + properties(property(33, u16(0))) + str("a"),
         protocol_error("a property is 0 that must not be")},
    };
    for (const Case& it : cases) {
        Connect connect;
        EXPECT_EQ(parse_connect(it.body, connect), it.fault) << it.name;
    }
}

TEST(Connect, GoesOnWithWhatTheGateSays) {
    EXPECT_EQ(written(head(4, 0xC0) + str("me") + str("millrace") + str("nonce"), {.username = "u", .password = "p"}),
              packet(0x10, head(4, 0xC0) + str("me") + str("u") + str("p")));
    EXPECT_EQ(written(head(4, 0xC2) + str("me") + str("millrace") + str("nonce"), {}),
              packet(0x10, head(4, 0x02) + str("me")));
    EXPECT_EQ(written(head(4, 0xC2) + str("me") + str("millrace") + str("nonce"), {.username = "u"}),
              packet(0x10, head(4, 0x82) + str("me") + str("u")));
    const std::string will = str("w") + str("gone");
    EXPECT_EQ(written(head(4, 0xF6) + str("me") + will + str("millrace") + str("nonce"), {.username = "u"}),
              packet(0x10, head(4, 0xB6) + str("me") + will + str("u")));
}

TEST(Connect, PromisesOfTheLibraryAreReplaced) {
    const std::string session = property(17, u32(3600));
    const std::string user = property(38, str("n") + str("v"));
    const std::string theirs = property(33, u16(9)) + session + property(34, u16(5)) + user + property(39, u32(100));
    const std::string body = head(5, 0xC0) + properties(theirs) + str("me") + str("millrace") + str("nonce");
    EXPECT_EQ(written(body, {.password = "p", .receive_maximum = 20, .packet_bytes_max = 65'536, .topic_alias_max = 3}),
              packet(0x10, head(5, 0x40) +
                               properties(property(33, u16(20)) + property(39, u32(65'536)) + property(34, u16(3)) +
                                          session + user) +
                               str("me") + str("p")));
    EXPECT_EQ(written(body, {}), packet(0x10, head(5, 0) + properties(session + user) + str("me")));
}

}  // namespace
}  // namespace millrace::mqtt
