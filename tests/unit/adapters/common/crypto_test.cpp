#include "adapters/common/crypto.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <utility>
#include <vector>

#include "adapters/common/base64.hpp"

namespace millrace {
namespace {

// RFC 2202 2 and 3, RFC 4231 4.3.
TEST(Crypto, Hmac) {
    const std::string_view key = "Jefe";
    const std::string_view text = "what do ya want for nothing?";
    const struct {
        Digest kind;
        const char* hex;
    } cases[] = {
        {Digest::md5, "750c783e6ab0b503eaa86e310a5db738"},
        {Digest::sha1, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"},
        {Digest::sha256, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
        {Digest::sha384,
         "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649"},
        {Digest::sha512,
         "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6"
         "b"
         "4b636e070a38bce737"},
    };
    for (const auto& it : cases) {
        HmacKey hmac(it.kind, key);
        EXPECT_EQ(hex_encoded(hmac.mac({text})), it.hex);
        const HmacKey moved = std::move(hmac);
        EXPECT_EQ(hex_encoded(moved.mac({text.substr(0, 5), text.substr(5)})), it.hex);
    }
    EXPECT_EQ(hex_encoded(HmacKey(Digest::sha256, {}).mac({})),
              "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

// RFC 8032 7.1, tests 1 and 3.
TEST(Crypto, Ed25519) {
    const struct {
        const char* seed;
        const char* key;
        const char* message;
        const char* signature;
    } cases[] = {
        {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
         "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
         "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bb"
         "e"
         "24655141438e7a100b"},
        {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
         "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
         "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed"
         "2"
         "8dc027beceea1ec40a"},
    };
    for (const auto& it : cases) {
        const auto secret = Ed25519PrivateKey::make(*hex_decoded(it.seed));
        const std::string message = *hex_decoded(it.message);
        const std::string signature = secret->sign(message);
        EXPECT_EQ(hex_encoded(secret->public_key()), it.key);
        EXPECT_EQ(hex_encoded(signature), it.signature);
        const auto key = Ed25519PublicKey::make(secret->public_key());
        EXPECT_TRUE(key->verify(message, signature));
        EXPECT_FALSE(key->verify(message + "x", signature));
        EXPECT_FALSE(key->verify(message, signature.substr(1)));
        EXPECT_FALSE(key->verify(message, ""));
        for (std::size_t i = 0; i < signature.size(); ++i) {
            std::string changed = signature;
            changed[i] = static_cast<char>(changed[i] ^ 1);
            EXPECT_FALSE(key->verify(message, changed)) << i;
        }
    }
    EXPECT_FALSE(Ed25519PublicKey::make(std::string(31, 'x')));
    EXPECT_FALSE(Ed25519PublicKey::make(""));
    EXPECT_FALSE(Ed25519PrivateKey::make(std::string(33, 'x')));
}

TEST(Crypto, SecretsThatAreTheSame) {
    EXPECT_TRUE(is_same_secret("abc", "abc"));
    EXPECT_FALSE(is_same_secret("abc", "abd"));
    EXPECT_FALSE(is_same_secret("abc", "ab"));
    EXPECT_FALSE(is_same_secret("abc", "abcd"));
    EXPECT_FALSE(is_same_secret("", ""));
    EXPECT_FALSE(is_same_secret("", "a"));
}

TEST(Crypto, OneKeyForManyThreads) {
    const HmacKey key(Digest::sha256, "key");
    const std::string expected = key.mac({"text"});
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            for (int round = 0; round < 500; ++round) EXPECT_EQ(key.mac({"te", "xt"}), expected);
        });
    }
    for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace millrace
