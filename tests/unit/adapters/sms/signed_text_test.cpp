#include "adapters/sms/signed_text.hpp"

#include <gtest/gtest.h>

#include "tests/unit/adapters/sms/requests.hpp"

namespace millrace::sms {
namespace {

using namespace test;

// All variants, one a line.
std::string texts_of(SignedText make, Request request) {
    std::string all;
    std::string text;
    std::string_view form;
    for (std::size_t i = 0; make({request.payload(), "n", "1700000000"}, i, text, form); ++i) all += text + "\n";
    return all;
}

TEST(SignedText, OfPlivo) {
    const Fields fields = {{"To", "15005550006"}, {"From", "14155550100"}, {"Text", "Hi there"}, {"Text", "A"}};
    const std::string url = "https://u:p@example.com:8443/sms?b=2&a=%201";
    EXPECT_EQ(texts_of(sorted_url_fields_nonce, post_form(url, fields)),
              "https://example.com:8443/sms?a= 1&b=2.From14155550100TextATextHi thereTo15005550006.n\n");
    EXPECT_EQ(texts_of(sorted_url_fields_nonce, post_form("https://example.com/sms", {{"a", ""}})),
              "https://example.com/sms?a.n\n");
    EXPECT_EQ(texts_of(sorted_url_fields_nonce, get(url)), "https://example.com:8443/sms?a= 1&b=2.n\n");
    EXPECT_EQ(texts_of(sorted_url_fields_nonce, post_form(url, {})),
              "https://example.com:8443/sms?a= 1&b=2.n\nhttps://example.com:8443/sms?a= 1&b=2..n\n");
    EXPECT_EQ(texts_of(sorted_url_fields_nonce, post_form("https://example.com", {})),
              "https://example.com.n\nhttps://example.com?.n\n");
    EXPECT_EQ(texts_of(bare_url_nonce, get(url)), "https://example.com:8443/smsn\n");
}

TEST(SignedText, OfVonage) {
    EXPECT_EQ(texts_of(ampersand_fields, post_form("https://h/?q=1", {{"sig", "x"}, {"b", "1&2=3"}, {"a=&", "+"}})),
              "&a=&=+&b=1_2_3\n");
}

// Providers sort by the units of UTF-16.
TEST(SignedText, Order) {
    EXPECT_EQ(
        texts_of(url_and_all_fields, post_form("", {{"\uFB01", "1"}, {"😜", "2"}, {"z", "3"}, {"é", "4"}, {"z", "10"}})),
        "z10z3é4😜2\uFB011\n");
    EXPECT_EQ(texts_of(url_and_all_fields, post_form("", {{"ab", "1"}, {"a", "2"}, {"", "3"}, {"a", ""}})),
              "3aa2ab1\n");
}

TEST(SignedText, OfBodies) {
    const Request request = post_json("https://h/?statusDatetime=2019-01-11T09:17:11+00:00&b=a%20b&a=1", "{}");
    EXPECT_EQ(texts_of(time_body, request), "1700000000|{}\n");
    EXPECT_EQ(texts_of(body_nonce_time, request), "{}.n.1700000000\n");
    EXPECT_EQ(texts_of(nonce_time_body, request), "n.1700000000.{}\n");
    EXPECT_EQ(texts_of(body_alone, request), "{}\n");
    EXPECT_EQ(texts_of(time_query_digest, request),
              "1700000000\na=1&b=a%20b&statusDatetime=2019-01-11T09%3A17%3A11%2B00%3A00\n" +
                  digest(Digest::sha256, {"{}"}) + "\n");
}

}  // namespace
}  // namespace millrace::sms
