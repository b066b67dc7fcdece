#include "adapters/websocket/envelope.hpp"

#include <gtest/gtest.h>

#include <utility>

namespace millrace::websocket {
namespace {

using namespace std::string_view_literals;

TEST(Envelope, HasTheTextAsAJsonString) {
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"", R"({"msg":""})"},
        {"hello", R"({"msg":"hello"})"},
        {R"({"ack":7})", R"({"msg":"{\"ack\":7}"})"},
        {R"(a\b)", R"({"msg":"a\\b"})"},
        {"\"", R"({"msg":"\""})"},
        {"\\\\\"\"", R"({"msg":"\\\\\"\""})"},
        {"\n\r\t", R"({"msg":"\n\r\t"})"},
        {"a\0b\x01\x08\x0c\x1f z"sv, R"({"msg":"a\u0000b\u0001\u0008\u000c\u001f z"})"},
        {"\x7f/", "{\"msg\":\"\x7f/\"}"},
        {"M\xC3\xBChlgraben \xF0\x9F\x8C\x8A\xE2\x80\xA8",
         "{\"msg\":\"M\xC3\xBChlgraben \xF0\x9F\x8C\x8A\xE2\x80\xA8\"}"},
    };
    for (const auto& [text, expected] : cases) EXPECT_EQ(enveloped(text), expected);
}

}  // namespace
}  // namespace millrace::websocket
