#include "adapters/mqtt/codec.hpp"

#include <gtest/gtest.h>

#include "tests/unit/adapters/mqtt/codec_reader.hpp"

namespace millrace::mqtt {
namespace {

using namespace test;

constexpr Version k3 = Version::v3_1_1;
constexpr Version k5 = Version::v5;

struct Case {
    const char* name;
    Version version;
    std::string stream;
    std::vector<std::string> events;
};

std::string malformed_as(std::string_view type, std::string_view text) {
    return "failed 81 " + std::string(type) + ": " + std::string(text);
}
std::string against_protocol(std::string_view type, std::string_view text) {
    return "failed 82 " + std::string(type) + ": " + std::string(text);
}

std::vector<Case> good_cases() {
    const std::string user = property(38, str("a") + str("b"));
    return {
        {"accepted", k3, connack(k3), {"CONNACK present=0 code=00"}},
        {"accepted, session", k3, connack(k3, true), {"CONNACK present=1 code=00"}},
        {"refused", k3, connack(k3, false, 5), {"CONNACK present=0 code=05"}},
        {"accepted in 5", k5, connack(k5), {"CONNACK present=0 code=00"}},
        {"refused in 5", k5, connack(k5, false, 0x8A, property(31, str("go away"))), {"CONNACK present=0 code=8A"}},
        {"QoS 0", k3, publish(k3, {"a/b", 0, 0, "hello"}), {"PUBLISH a/b qos=0 id=0 hello"}},
        {"QoS 1", k3, publish(k3, {"a", 1, 65535, "hello"}), {"PUBLISH a qos=1 id=65535 hello"}},
        {"QoS 2 with all flags",
         k5,
         publish(k5, {"a", 2, 7, "", "", true, true}),
         {"PUBLISH a qos=2 id=7 retain dup "}},
        {"no payload", k3, publish(k3, {"a", 0, 0, ""}), {"PUBLISH a qos=0 id=0 "}},
        {"topic of spaces and slashes", k3, publish(k3, {" // ", 0, 0, ""}), {"PUBLISH  //  qos=0 id=0 "}},
        {"properties", k5, publish(k5, {"a", 1, 2, "x", user + user}), {"PUBLISH a qos=1 id=2 properties=14 x"}},
        {"an alias alone",
         k5,
         publish(k5, {"", 0, 0, "x", property(35, u16(1))}),
         {"PUBLISH  qos=0 id=0 properties=3 x"}},
        {"many",
         k3,
         publish(k3, {"a", 0, 0, "1"}) + pingresp() + publish(k3, {"b", 1, 2, "2"}),
         {"PUBLISH a qos=0 id=0 1", "PINGRESP", "PUBLISH b qos=1 id=2 2"}},
        {"acknowledgements",
         k3,
         puback(1) + pubrec(2) + pubrel(3) + pubcomp(4),
         {"PUBACK id=1 00", "PUBREC id=2 00", "PUBREL id=3 00", "PUBCOMP id=4 00"}},
        {"acknowledgements in 5",
         k5,
         puback(1) + pubrec(2) + pubrel(3) + pubcomp(4),
         {"PUBACK id=1 00", "PUBREC id=2 00", "PUBREL id=3 00", "PUBCOMP id=4 00"}},
        {"with reasons",
         k5,
         puback(1, 0x10) + pubrec(2, 0x97) + packet(0x62, u16(3) + bytes({0x92})) + pubcomp(4, 0x92),
         {"PUBACK id=1 10", "PUBREC id=2 97", "PUBREL id=3 92", "PUBCOMP id=4 92"}},
        {"with a reason string",
         k5,
         packet(0x40, u16(1) + bytes({0x80}) + properties(property(31, str("no")) + user)),
         {"PUBACK id=1 80"}},
        {"with no properties", k5, packet(0x40, u16(1) + bytes({0, 0})), {"PUBACK id=1 00"}},
        {"SUBACK", k3, packet(0x90, u16(1) + bytes({0, 1, 2, 0x80})), {"SUBACK"}},
        {"SUBACK in 5",
         k5,
         packet(0x90, u16(1) + bytes({0, 0, 1, 2, 0x80, 0x83, 0x87, 0x8F, 0x91, 0x97, 0x9E, 0xA1, 0xA2})),
         {"SUBACK"}},
        {"UNSUBACK", k3, packet(0xB0, u16(1)), {"UNSUBACK"}},
        {"UNSUBACK in 5", k5, packet(0xB0, u16(1) + bytes({0, 0, 0x11, 0x8F})), {"UNSUBACK"}},
        {"DISCONNECT", k5, packet(0xE0, ""), {"DISCONNECT 00"}},
        {"DISCONNECT with a reason", k5, packet(0xE0, bytes({0x8E})), {"DISCONNECT 8E"}},
        {"DISCONNECT with properties",
         k5,
         packet(0xE0, bytes({0x9C}) + properties(property(28, str("other")))),
         {"DISCONNECT 9C"}},
        {"AUTH",
         k5,
         packet(0xF0, bytes({0x18}) + properties(property(21, str("SCRAM")) + property(22, str("x")))),
         {"AUTH 18"}},
        {"length not in its shortest form, in 3.1.1", k3, bytes({0xD0, 0x80, 0x00}), {"PINGRESP"}},
        {"what is not all there", k3, puback(1) + bytes({0x40, 2, 0}), {"PUBACK id=1 00", "and 3 bytes"}},
        {"a payload that is not all there",
         k3,
         publish(k3, {"a", 0, 0, "hello"}).substr(0, 7),
         {"PUBLISH a qos=0 id=0 he"}},
    };
}

std::vector<Case> bad_heads() {
    return {
        {"type 0", k3, bytes({0x00, 0}), {malformed_as("packet", "packets of type 0 do not exist")}},
        {"type 15 in 3.1.1",
         k3,
         bytes({0xF0}),
         {malformed_as("AUTH", "packets of type 15 do not exist in MQTT 3.1.1")}},
        {"QoS 3", k3, bytes({0x36}), {malformed_as("PUBLISH", "there is no QoS 3")}},
        {"duplicate of QoS 0", k5, bytes({0x38}), {malformed_as("PUBLISH", "it is a duplicate with QoS 0")}},
        {"flags of CONNACK", k3, bytes({0x21}), {malformed_as("CONNACK", "its reserved flags are wrong")}},
        {"flags of PUBACK", k5, bytes({0x42}), {malformed_as("PUBACK", "its reserved flags are wrong")}},
        {"flags of PUBREL", k3, bytes({0x60}), {malformed_as("PUBREL", "its reserved flags are wrong")}},
        {"flags of PINGRESP", k3, bytes({0xD8}), {malformed_as("PINGRESP", "its reserved flags are wrong")}},
        {"CONNECT", k3, bytes({0x10}), {against_protocol("CONNECT", "a broker does not send such packets")}},
        {"SUBSCRIBE", k3, bytes({0x82}), {against_protocol("SUBSCRIBE", "a broker does not send such packets")}},
        {"UNSUBSCRIBE", k5, bytes({0xA2}), {against_protocol("UNSUBSCRIBE", "a broker does not send such packets")}},
        {"PINGREQ", k5, pingreq(), {against_protocol("PINGREQ", "a broker does not send such packets")}},
        {"DISCONNECT in 3.1.1",
         k3,
         bytes({0xE0, 0}),
         {against_protocol("DISCONNECT", "a broker does not send such packets")}},
        {"a length of five bytes",
         k3,
         bytes({0x30, 0x80, 0x80, 0x80, 0x80, 1}),
         {malformed_as("PUBLISH", "its length has more than four bytes")}},
        {"a length not in its shortest form",
         k5,
         bytes({0xD0, 0x80, 0x00}),
         {malformed_as("PINGRESP", "its length is not in its shortest form")}},
        {"PINGRESP with a body", k3, bytes({0xD0, 1}), {malformed_as("PINGRESP", "it is too long")}},
        {"short CONNACK", k3, bytes({0x20, 1}), {malformed_as("CONNACK", "it is too short")}},
        {"long CONNACK", k3, bytes({0x20, 3}), {malformed_as("CONNACK", "it is too long")}},
        {"CONNACK of 3.1.1 in 5", k5, bytes({0x20, 2, 0, 0}), {malformed_as("CONNACK", "it is too short")}},
        {"short PUBACK", k5, bytes({0x40, 1}), {malformed_as("PUBACK", "it is too short")}},
        {"long PUBACK", k3, bytes({0x40, 3}), {malformed_as("PUBACK", "it is too long")}},
        {"short SUBACK", k3, bytes({0x90, 2}), {malformed_as("SUBACK", "it is too short")}},
        {"long UNSUBACK", k3, bytes({0xB0, 3}), {malformed_as("UNSUBACK", "it is too long")}},
        {"empty PUBLISH", k3, bytes({0x30, 0}), {malformed_as("PUBLISH", "it is too short")}},
        {"a SUBACK of 256 MiB",
         k3,
         bytes({0x90, 0xFF, 0xFF, 0xFF, 0x7F}),
         {"failed 95 SUBACK: it is larger than what is taken"}},
        {"a PUBLISH with properties of 256 MiB",
         k5,
         bytes({0x30, 0xFF, 0xFF, 0xFF, 0x7F}) + str("t") + bytes({0xF0, 0xFF, 0xFF, 0x7F}),
         {"PUBLISH t qos=0 id=0 " + bytes({0xF0, 0xFF, 0xFF, 0x7F})}},
    };
}

std::vector<Case> bad_connacks() {
    return {
        {"reserved flags in CONNACK",
         k3,
         packet(0x20, bytes({2, 0})),
         {malformed_as("CONNACK", "its reserved flags are wrong")}},
        {"unknown return code",
         k3,
         connack(k3, false, 6),
         {malformed_as("CONNACK", "the reason code is none that it can have")}},
        {"unknown reason code",
         k5,
         connack(k5, false, 0x8B),
         {malformed_as("CONNACK", "the reason code is none that it can have")}},
        {"refuses with a session",
         k3,
         connack(k3, true, 2),
         {against_protocol("CONNACK", "it refuses and has a session present")}},
        {"CONNACK with more",
         k5,
         packet(0x20, bytes({0, 0, 0, 0})),
         {malformed_as("CONNACK", "there is more in it than belongs there")}},
        {"CONNACK whose properties are longer",
         k5,
         packet(0x20, bytes({0, 0, 9, 1})),
         {malformed_as("CONNACK", "its properties end early")}},
    };
}

std::vector<Case> bad_publishes() {
    const std::string surrogate = "\xED\xA0\x80";
    return {
        {"topic longer than its packet",
         k3,
         packet(0x30, u16(9) + "short"),
         {malformed_as("PUBLISH", "its topic ends early")}},
        {"no topic", k3, packet(0x30, u16(0) + "payload"), {malformed_as("PUBLISH", "it has no topic")}},
        {"topic with +", k3, publish(k3, {"a/+", 0}), {malformed_as("PUBLISH", "its topic has a wildcard")}},
        {"topic with #", k5, publish(k5, {"#", 0}), {malformed_as("PUBLISH", "its topic has a wildcard")}},
        {"topic with U+0000",
         k3,
         publish(k3, {std::string("a\0b", 3), 0}),
         {malformed_as("PUBLISH", "its topic is not UTF-8, or has U+0000 in it")}},
        {"topic with half of a pair",
         k5,
         publish(k5, {surrogate, 0}),
         {malformed_as("PUBLISH", "its topic is not UTF-8, or has U+0000 in it")}},
        {"identifier 0", k3, publish(k3, {"a", 1, 0}), {against_protocol("PUBLISH", "the packet identifier is 0")}},
        {"no identifier", k3, packet(0x32, str("a") + bytes({1})), {malformed_as("PUBLISH", "it ends early")}},
        {"no properties",
         k5,
         packet(0x30, str("a")),
         {malformed_as("PUBLISH", "the length of its properties is wrong")}},
        {"properties that end early",
         k5,
         packet(0x30, str("a") + bytes({5, 1})),
         {malformed_as("PUBLISH", "its properties end early")}},
        {"length of properties in five bytes",
         k5,
         packet(0x30, str("a") + bytes({0x80, 0x80, 0x80, 0x80, 1, 1, 1})),
         {malformed_as("PUBLISH", "the length of its properties is wrong")}},
        {"length of properties not in its shortest form",
         k5,
         packet(0x30, str("a") + bytes({0x80, 0, 1, 1})),
         {malformed_as("PUBLISH", "the length of its properties is wrong")}},
    };
}

std::vector<Case> bad_bodies_of_others() {
    return {
        {"good before bad",
         k3,
         puback(1) + puback(0),
         {"PUBACK id=1 00", against_protocol("PUBACK", "the packet identifier is 0")}},
        {"PUBREC of no identifier", k5, pubrec(0), {against_protocol("PUBREC", "the packet identifier is 0")}},
        {"PUBREL of no identifier", k5, pubrel(0), {against_protocol("PUBREL", "the packet identifier is 0")}},
        {"PUBACK with PUBREL's code",
         k5,
         puback(1, 0x92),
         {malformed_as("PUBACK", "the reason code is none that it can have")}},
        {"PUBCOMP with PUBACK's code",
         k5,
         pubcomp(1, 0x80),
         {malformed_as("PUBCOMP", "the reason code is none that it can have")}},
        {"PUBACK with a property that has no place there",
         k5,
         packet(0x40, u16(1) + bytes({0}) + properties(property(1, bytes({1})))),
         {malformed_as("PUBACK", "a property has no place there")}},
        {"PUBACK with more",
         k5,
         packet(0x40, u16(1) + bytes({0, 0, 0})),
         {malformed_as("PUBACK", "there is more in it than belongs there")}},
        {"SUBACK of no identifier",
         k3,
         packet(0x90, u16(0) + bytes({0})),
         {against_protocol("SUBACK", "the packet identifier is 0")}},
        {"SUBACK of nothing",
         k5,
         packet(0x90, u16(1) + bytes({2, 38, 0})),
         {malformed_as("SUBACK", "a property ends early, or its number is no shortest form")}},
        {"SUBACK that answers nothing",
         k5,
         packet(0x90, u16(1) + properties(property(31, str("")))),
         {malformed_as("SUBACK", "it answers no filter")}},
        {"SUBACK with QoS 3",
         k3,
         packet(0x90, u16(1) + bytes({3})),
         {malformed_as("SUBACK", "the reason code is none that it can have")}},
        {"SUBACK of 3.1.1 with a code of 5",
         k3,
         packet(0x90, u16(1) + bytes({0x87})),
         {malformed_as("SUBACK", "the reason code is none that it can have")}},
        {"UNSUBACK with a code of SUBACK",
         k5,
         packet(0xB0, u16(1) + bytes({0, 1})),
         {malformed_as("UNSUBACK", "the reason code is none that it can have")}},
        {"UNSUBACK of no identifier",
         k3,
         packet(0xB0, u16(0)),
         {against_protocol("UNSUBACK", "the packet identifier is 0")}},
        {"DISCONNECT with an unknown code",
         k5,
         packet(0xE0, bytes({0x8C})),
         {malformed_as("DISCONNECT", "the reason code is none that it can have")}},
        {"AUTH with data alone",
         k5,
         packet(0xF0, bytes({0x18}) + properties(property(22, str("x")))),
         {against_protocol("AUTH", "there is authentication data without a method")}},
        {"nothing follows a fault",
         k3,
         puback(0) + puback(1),
         {against_protocol("PUBACK", "the packet identifier is 0")}},
    };
}

class CodecCases : public testing::TestWithParam<std::size_t> {
  protected:
    static void check(const std::vector<Case>& cases) {
        for (const Case& it : cases) {
            SCOPED_TRACE(it.name);
            EXPECT_EQ(read_in_chops(Sender::broker, it.version, it.stream, GetParam()), it.events);
        }
    }
};

TEST_P(CodecCases, Good) { check(good_cases()); }
TEST_P(CodecCases, BadHeads) { check(bad_heads()); }
TEST_P(CodecCases, BadConnacks) { check(bad_connacks()); }
TEST_P(CodecCases, BadPublishes) { check(bad_publishes()); }
TEST_P(CodecCases, BadBodiesOfOthers) { check(bad_bodies_of_others()); }

INSTANTIATE_TEST_SUITE_P(Chops, CodecCases, testing::Values(1, 2, 3, 4, 5, 7, 11, 1000));

TEST(Codec, EverySplitOfAStreamGivesTheSame) {
    for (const Version version : {k3, k5}) {
        std::string stream;
        for (const Case& it : good_cases()) {
            if (it.version == version && !it.events.back().starts_with("and") && !it.events.back().ends_with(" he"))
                stream += it.stream;
        }
        const auto whole = read_in_chops(Sender::broker, version, stream, stream.size());
        EXPECT_FALSE(whole.back().starts_with("failed"));
        for (std::size_t chop = 1; chop < stream.size(); ++chop)
            ASSERT_EQ(read_in_chops(Sender::broker, version, stream, chop), whole) << chop;
    }
}

TEST(Codec, SizesOfPayloads) {
    for (const std::size_t size : {0u, 121u, 122u, 123u, 16'377u, 16'378u, 100'000u, 2'097'147u, 2'097'148u}) {
        const std::string payload(size, 'p');
        EXPECT_EQ(read_in_chops(Sender::broker, k3, publish(k3, {"abc", 0, 0, payload}) + pingresp(), 65'536),
                  (std::vector<std::string>{"PUBLISH abc qos=0 id=0 " + payload, "PINGRESP"}));
    }
}

TEST(Codec, TheLongestTopicFits) {
    const std::string topic(65'535, 't');
    const std::string all = property(38, str(std::string(300, 'n')) + str("v"));
    EXPECT_EQ(read_in_chops(Sender::broker, k5, publish(k5, {topic, 1, 1, "x", all}), 1000),
              (std::vector<std::string>{"PUBLISH " + topic + " qos=1 id=1 properties=306 x"}));
    const std::string more = property(38, str(std::string(1000, 'n')) + str("v"));
    EXPECT_EQ(read_in_chops(Sender::broker, k5, publish(k5, {topic, 1, 1, "x", more}), 1000),
              (std::vector<std::string>{"PUBLISH " + topic + " qos=1 id=1 " + properties(more) + "x"}))
        << "they count as payload";
}

TEST(Codec, OfAClient) {
    const std::string subscribe = packet(0x82, u16(1) + str("a/#") + bytes({1}));
    const std::string unsubscribe = packet(0xA2, u16(2) + str("a/#"));
    EXPECT_EQ(read_in_chops(Sender::client, k3,
                            connect(k3) + subscribe + unsubscribe + publish(k3, {"a", 2, 3}) + pubrel(3) + pingreq() +
                                packet(0xE0, ""),
                            1),
              (std::vector<std::string>{"CONNECT", "SUBSCRIBE", "UNSUBSCRIBE", "PUBLISH a qos=2 id=3 x",
                                        "PUBREL id=0 00", "PINGREQ", "DISCONNECT 00"}));
    for (const int first : {0x20, 0x90, 0xB0, 0xD0}) {
        const auto events = read_in_chops(Sender::client, k3, bytes({first}), 1);
        ASSERT_EQ(events.size(), 1u);
        EXPECT_TRUE(events[0].starts_with("failed 82")) << events[0];
        EXPECT_TRUE(events[0].ends_with("a client does not send such packets")) << events[0];
    }
    EXPECT_EQ(read_in_chops(Sender::client, k3, bytes({0x12}), 1),
              (std::vector<std::string>{"failed 81 CONNECT: its reserved flags are wrong"}));
}

TEST(Codec, CodesOfEachPacketAreThoseOfTheSpecification) {
    struct Row {
        std::string_view type;
        std::string before;
        int first;
        std::size_t codes;
    };
    const Row rows[] = {{"CONNACK", bytes({0}), 0x20, 22},
                        {"PUBACK", u16(1), 0x40, 9},
                        {"PUBREC", u16(1), 0x50, 9},
                        {"PUBREL", u16(1), 0x62, 2},
                        {"PUBCOMP", u16(1), 0x70, 2},
                        {"SUBACK", u16(1) + bytes({0}), 0x90, 12},
                        {"UNSUBACK", u16(1) + bytes({0}), 0xB0, 7},
                        {"DISCONNECT", "", 0xE0, 29},
                        {"AUTH", "", 0xF0, 3}};
    for (const Row& row : rows) {
        std::size_t taken = 0;
        for (int code = 0; code < 256; ++code) {
            const std::string after = row.type == "CONNACK" ? bytes({0}) : "";
            const auto events =
                read_in_chops(Sender::broker, k5, packet(row.first, row.before + bytes({code}) + after), 64);
            taken += events.front().starts_with("failed") ? 0 : 1;
        }
        EXPECT_EQ(taken, row.codes) << row.type;
    }
}

}  // namespace
}  // namespace millrace::mqtt
