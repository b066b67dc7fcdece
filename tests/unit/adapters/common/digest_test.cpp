#include "adapters/common/digest.hpp"

#include <gtest/gtest.h>

#include "adapters/common/base64.hpp"

namespace millrace {
namespace {

// RFC 1321 A.5, FIPS 180-2 B.
TEST(Digest, IsThatOfEachKind) {
    const struct {
        Digest kind;
        const char* hex;
    } cases[] = {
        {Digest::md5, "900150983cd24fb0d6963f7d28e17f72"},
        {Digest::sha1, "a9993e364706816aba3e25717850c26c9cd0d89d"},
        {Digest::sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {Digest::sha384,
         "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"},
        {Digest::sha512,
         "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce"
         "8"
         "0e2a9ac94fa54ca49f"},
    };
    for (const auto& it : cases) {
        EXPECT_EQ(hex_encoded(digest(it.kind, {"abc"})), it.hex);
        EXPECT_EQ(hex_encoded(digest(it.kind, {"", "a", "bc", ""})), it.hex);
    }
}

// FIPS 180-2, Appendix B.
TEST(Sha256, is_that_of_fips_180) {
    Sha256 sha256;
    EXPECT_EQ(hex_encoded(sha256.of("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(hex_encoded(sha256.of("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    for (int i = 0; i < 1000; ++i) sha256.add(std::string(1000, 'a'));
    EXPECT_EQ(hex_encoded(sha256.finish()), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    EXPECT_EQ(hex_encoded(sha256.of("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace millrace
