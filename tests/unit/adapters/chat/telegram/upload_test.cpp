#include "adapters/chat/telegram/upload.hpp"

#include <gtest/gtest.h>

namespace millrace::chat::telegram {
namespace {

TEST(TelegramUpload, IsAForm) {
    const Form form = upload_form(R"({"chat_id":-1001,"a":"x \"y\"","b":[1,{"c":2}]})", "document", "a.txt", "x\r\ny");
    const std::string boundary = form.content_type.substr(form.content_type.find('=') + 1);
    EXPECT_EQ(form.content_type, "multipart/form-data; boundary=" + boundary);
    EXPECT_EQ(form.body, "--" + boundary + "\r\nContent-Disposition: form-data; name=\"chat_id\"\r\n\r\n-1001\r\n--" +
                             boundary + "\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx \"y\"\r\n--" +
                             boundary + "\r\nContent-Disposition: form-data; name=\"b\"\r\n\r\n[1,{\"c\":2}]\r\n--" +
                             boundary +
                             "\r\nContent-Disposition: form-data; name=\"document\"; filename=\"a.txt\"\r\n" +
                             "Content-Type: application/octet-stream\r\n\r\nx\r\ny\r\n--" + boundary + "--\r\n");
}

TEST(TelegramUpload, TheBoundaryIsOfTheBytes) {
    EXPECT_NE(upload_form("{}", "document", "a", "x").content_type,
              upload_form("{}", "document", "a", "y").content_type);
}

TEST(TelegramUpload, NamesStayInTheirHeader) {
    const auto named = [](std::string_view name) {
        const std::string body = upload_form("{}", "document", name, "x").body;
        const std::size_t begin = body.find("filename=") + 9;
        return body.substr(begin, body.find("\r\n", begin) - begin);
    };
    EXPECT_EQ(named("Grüße 🌊.txt"), "\"Grüße 🌊.txt\"");
    EXPECT_EQ(named("a\"; x=\"b"), "\"a_; x=_b\"");
    EXPECT_EQ(named("a\r\nX: y\n\\\x7f"), "\"a__X: y___\"");
    EXPECT_EQ(named(""), "\"\"");
}

}  // namespace
}  // namespace millrace::chat::telegram
