#include "adapters/chat/telegram/codec.hpp"

#include <gtest/gtest.h>

namespace millrace::chat::telegram {
namespace {

namespace json = boost::json;

TEST(TelegramCodec, Updates) {
    json::value owner;
    for (const char* body :
         {"", "x", "7", "null", "[]", "{}", R"({"update_id":"5"})", R"({"update_id":-5})", R"({"update_id":5.5})",
          R"({"update_id":99999999999999999999})", "{\"update_id\":5,\"message\":\"\xff\"}", R"({"update_id":5}x)"})
        EXPECT_FALSE(decode_update(body, owner)) << body;
    EXPECT_TRUE(decode_update(R"({"update_id":5})", owner));
    std::string deep = R"({"update_id":5,"message":)";
    for (int i = 0; i < 1'000; ++i) deep += "[";
    EXPECT_FALSE(decode_update(deep, owner));
}

TEST(TelegramCodec, Answers) {
    for (const char* body :
         {"", "<html>", "7", "{}", "[]", R"({"ok":1,"result":2})", R"({"ok":true})", R"({"ok":"true","result":2})"})
        EXPECT_FALSE(decode_answer(body)) << body;
    const auto ok = decode_answer(R"({"ok":true,"result":{"message_id":7}})");
    ASSERT_TRUE(ok && ok->is_ok);
    EXPECT_EQ(JsonView(ok->result)["message_id"].integer(), 7);
    const auto no = decode_answer(R"({"ok":false,"error_code":429,"description":"slow","parameters":{"retry_after":3,
                                      "migrate_to_chat_id":-1009}})");
    ASSERT_TRUE(no && !no->is_ok);
    EXPECT_EQ(no->error_code, 429);
    EXPECT_EQ(no->description, "slow");
    EXPECT_EQ(no->retry_after_s, 3);
    EXPECT_EQ(no->migrate_to_chat_id, -1009);
    const auto odd = decode_answer(R"({"ok":false,"error_code":"x","description":7,"parameters":[]})");
    ASSERT_TRUE(odd && !odd->is_ok);
    EXPECT_EQ(odd->error_code, 0);
}

}  // namespace
}  // namespace millrace::chat::telegram
