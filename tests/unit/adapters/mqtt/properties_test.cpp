#include "adapters/mqtt/properties.hpp"

#include <gtest/gtest.h>

#include "tests/unit/adapters/mqtt/packets.hpp"

namespace millrace::mqtt {
namespace {

using namespace test;

struct Row {
    int id;
    std::string value;
    std::string_view places;  // c CONNECT, w will, C CONNACK, p PUBLISH, a acknowledgements, d DISCONNECT, A AUTH
};

// §2.2.2.2, table 2-4.
const Row rows[] = {
    {1, bytes({1}), "wp"},
    {2, u32(9), "wp"},
    {3, str("text/plain"), "wp"},
    {8, str("answers/1"), "wp"},
    {9, str("\x01\xFF"), "wp"},
    {11, bytes({0x80, 1}), "p"},
    {17, u32(60), "cCd"},
    {18, str("id"), "C"},
    {19, u16(30), "C"},
    {21, str("SCRAM"), "cCA"},
    {22, str("\xFF"), "cCA"},
    {23, bytes({0}), "c"},
    {24, u32(1), "w"},
    {25, bytes({1}), "c"},
    {26, str("info"), "C"},
    {28, str("other:1883"), "Cd"},
    {31, str("because"), "CadA"},
    {33, u16(20), "cC"},
    {34, u16(0), "cC"},
    {35, u16(7), "p"},
    {36, bytes({1}), "C"},
    {37, bytes({0}), "C"},
    {38, str("n") + str("v"), "cwCpadA"},
    {39, u32(1), "cC"},
    {40, bytes({0}), "C"},
    {41, bytes({1}), "C"},
    {42, bytes({1}), "C"},
};

constexpr struct {
    char letter;
    Place place;
} kPlaces[] = {{'c', Place::connect}, {'w', Place::will},       {'C', Place::connack}, {'p', Place::publish},
               {'a', Place::ack},     {'d', Place::disconnect}, {'A', Place::auth}};

TEST(Properties, HaveTheirPlaces) {
    for (const Row& row : rows) {
        for (const auto& [letter, place] : kPlaces) {
            // Data is only there with its method.
            const std::string method = row.id == 22 ? property(21, str("m")) : "";
            const std::string all = method + property(row.id, row.value);
            const bool may_stand = row.places.find(letter) != row.places.npos;
            const Fault expected = may_stand ? Fault{} : malformed("a property has no place there");
            EXPECT_EQ(Properties(all).check(place), expected) << row.id << letter;
        }
    }
}

TEST(Properties, EachEndsEarlyEverywhere) {
    for (const Row& row : rows) {
        const std::string all = property(row.id, row.value);
        const Place place = row.places.find('p') != row.places.npos   ? Place::publish
                            : row.places.find('C') != row.places.npos ? Place::connack
                            : row.places.find('w') != row.places.npos ? Place::will
                                                                      : Place::connect;
        for (std::size_t size = 1; size < all.size(); ++size) {
            EXPECT_EQ(Properties(std::string_view(all).substr(0, size)).check(place),
                      malformed("a property ends early, or its number is no shortest form"))
                << row.id << " " << size;
        }
    }
}

TEST(Properties, ThatDoNotExist) {
    int unknown = 0;
    for (int id = 0; id < 256; ++id) {
        const std::string all = bytes({id});
        if (Properties(all).check(Place::publish) == malformed("a property is unknown")) ++unknown;
    }
    EXPECT_EQ(unknown, 256 - static_cast<int>(std::size(rows)));
}

TEST(Properties, TwiceAndOutOfRange) {
    struct Case {
        std::string all;
        Place place;
        Fault fault;
    };
    const Fault twice = protocol_error("a property is there twice");
    const Fault flag = protocol_error("a flag among the properties is not 0 or 1");
    const Fault zero = protocol_error("a property is 0 that must not be");
    const Fault text = malformed("a property's text is not UTF-8, or has U+0000 in it");
    const Fault number = malformed("a property ends early, or its number is no shortest form");
    const std::string user = property(38, str("n") + str("v"));
    const Case cases[] = {
        {user + user + user, Place::publish, {}},
        {property(11, bytes({1})) + property(11, bytes({1})), Place::publish, {}},
        {property(1, bytes({0})) + property(1, bytes({0})), Place::publish, twice},
        {property(35, u16(1)) + user + property(35, u16(1)), Place::publish, twice},
        {property(33, u16(1)) + property(33, u16(1)), Place::connack, twice},
        {property(1, bytes({2})), Place::publish, flag},
        {property(36, bytes({2})), Place::connack, flag},
        {property(37, bytes({255})), Place::connack, flag},
        {property(11, bytes({0})), Place::publish, zero},
        {property(33, u16(0)), Place::connack, zero},
        {property(39, u32(0)), Place::connack, zero},
        {property(35, u16(0)), Place::publish, {}},  // The gate answers it with the reason that is for it.
        {property(11, bytes({0x80, 0x80, 0x80, 0x80, 1})), Place::publish, number},
        {property(11, bytes({0x81, 0x00})), Place::publish, number},
        {property(3, str("\xFF")), Place::publish, text},
        {property(8, str(std::string("a\0", 2))), Place::publish, text},
        {property(38, str("n") + str("\xC0\x80")), Place::publish, text},
        {property(38, str("\xED\xA0\x80") + str("v")), Place::publish, text},
        {property(9, str(std::string("\0\xFF", 2))), Place::publish, {}},
        {property(22, str("x")), Place::connack, protocol_error("there is authentication data without a method")},
    };
    for (const Case& it : cases)
        EXPECT_EQ(Properties(it.all).check(it.place), it.fault) << testing::PrintToString(it.all);
}

TEST(Properties, AreWalkedInTheirOrder) {
    const std::string all = property(38, str("n") + str("v")) + property(2, u32(70'000)) + property(9, str("\x01"));
    Properties walk(all);
    Property it{};
    ASSERT_TRUE(walk.next(it));
    EXPECT_EQ(it.id, PropertyId::user_property);
    EXPECT_EQ(it.text, "n");
    EXPECT_EQ(it.value, "v");
    EXPECT_EQ(it.bytes, all.substr(0, 7));
    EXPECT_FALSE(walk.find(PropertyId::user_property, it));
    EXPECT_TRUE(walk.find(PropertyId::correlation_data, it));
    EXPECT_EQ(it.text, "\x01");
    ASSERT_TRUE(walk.next(it));
    EXPECT_EQ(it.number, 70'000u);
    ASSERT_TRUE(walk.next(it));
    EXPECT_FALSE(walk.next(it));
}

TEST(Properties, ThatWereNotCheckedEndEarly) {
    for (const std::string& all : {bytes({0}), bytes({99, 1, 2}), property(3, u16(9)), bytes({2, 0, 0})}) {
        Properties walk(all);
        Property it{};
        EXPECT_FALSE(walk.next(it));
        EXPECT_FALSE(Properties(all).find(PropertyId::content_type, it));
    }
}

}  // namespace
}  // namespace millrace::mqtt
