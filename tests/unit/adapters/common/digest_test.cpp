#include "adapters/common/digest.hpp"

#include <gtest/gtest.h>

namespace millrace {
namespace {

std::string hex(const std::string& bytes) {
    std::string text;
    for (const char c : bytes) {
        constexpr std::string_view kDigits = "0123456789abcdef";
        text += kDigits[static_cast<unsigned char>(c) >> 4];
        text += kDigits[static_cast<unsigned char>(c) & 15];
    }
    return text;
}

// FIPS 180-2, Appendix B.
TEST(Sha256, is_that_of_fips_180) {
    Sha256 sha256;
    EXPECT_EQ(hex(sha256.of("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(hex(sha256.of("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    for (int i = 0; i < 1000; ++i) sha256.add(std::string(1000, 'a'));
    EXPECT_EQ(hex(sha256.finish()), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    EXPECT_EQ(hex(sha256.of("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace millrace
