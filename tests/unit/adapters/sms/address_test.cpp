#include "adapters/sms/address.hpp"

#include <gtest/gtest.h>

namespace millrace::sms {
namespace {

using Address = v1::Sms::Address;

TEST(Address, Kinds) {
    const struct {
        const char* raw;
        Numbers numbers;
        Address::Kind kind;
        const char* e164;
    } cases[] = {
        {"+15550100", Numbers::with_plus, Address::E164, "+15550100"},
        {"+15550100", Numbers::international, Address::E164, "+15550100"},
        {"15550100", Numbers::international, Address::E164, "+15550100"},
        {"15550100", Numbers::with_plus, Address::SHORT_CODE, ""},
        {"155501001", Numbers::with_plus, Address::KIND_UNSPECIFIED, ""},
        {"1555010", Numbers::international, Address::SHORT_CODE, ""},
        {"123456789012345", Numbers::international, Address::E164, "+123456789012345"},
        {"1234567890123456", Numbers::international, Address::KIND_UNSPECIFIED, ""},
        {"+1234567890123456", Numbers::with_plus, Address::KIND_UNSPECIFIED, ""},
        {"+12", Numbers::with_plus, Address::E164, "+12"},
        {"+1", Numbers::with_plus, Address::KIND_UNSPECIFIED, ""},
        {"+", Numbers::with_plus, Address::KIND_UNSPECIFIED, ""},
        {"+0123456789", Numbers::with_plus, Address::KIND_UNSPECIFIED, ""},
        {"0123456789", Numbers::international, Address::KIND_UNSPECIFIED, ""},
        {"0044201234567", Numbers::international, Address::KIND_UNSPECIFIED, ""},
        {"+1 555 0100", Numbers::with_plus, Address::KIND_UNSPECIFIED, ""},
        {"+1555010\xD9\xA0", Numbers::with_plus, Address::KIND_UNSPECIFIED, ""},
        {"123", Numbers::with_plus, Address::SHORT_CODE, ""},
        {"12", Numbers::with_plus, Address::KIND_UNSPECIFIED, ""},
        {"00100", Numbers::international, Address::SHORT_CODE, ""},
        {"MILLRACE", Numbers::with_plus, Address::ALPHANUMERIC, ""},
        {"My Shop 24", Numbers::international, Address::ALPHANUMERIC, ""},
        {"12345A", Numbers::international, Address::ALPHANUMERIC, ""},
        {"TwelveLetter", Numbers::with_plus, Address::KIND_UNSPECIFIED, ""},
        {"whatsapp:+15550100", Numbers::with_plus, Address::CHANNEL, "+15550100"},
        {"messenger:12345", Numbers::international, Address::CHANNEL, ""},
        {":+15550100", Numbers::with_plus, Address::KIND_UNSPECIFIED, ""},
        {"", Numbers::with_plus, Address::KIND_UNSPECIFIED, ""},
    };
    for (const auto& it : cases) {
        const Address address = address_of(it.raw, it.numbers);
        EXPECT_EQ(address.raw(), it.raw);
        EXPECT_EQ(address.kind(), it.kind) << it.raw;
        EXPECT_EQ(address.e164(), it.e164) << it.raw;
    }
    EXPECT_EQ(address_of("a\xFF", Numbers::with_plus).raw(), "a\xEF\xBF\xBD");
}

TEST(Address, Keys) {
    EXPECT_EQ(key_of(address_of("15550100", Numbers::international)), "+15550100");
    EXPECT_EQ(key_of(address_of("12345", Numbers::international)), "12345");
    EXPECT_EQ(key_of(address_of("whatsapp:+15550100", Numbers::with_plus)), "whatsapp:+15550100");
}

TEST(Address, WithoutPlus) {
    EXPECT_EQ(without_plus("+15550100"), "15550100");
    EXPECT_EQ(without_plus("12345"), "12345");
    EXPECT_EQ(without_plus("+SHOP"), "+SHOP");
}

}  // namespace
}  // namespace millrace::sms
