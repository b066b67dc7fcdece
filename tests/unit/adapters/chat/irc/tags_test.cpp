#include "adapters/chat/irc/tags.hpp"

#include <gtest/gtest.h>

#include <string>

namespace millrace::chat::irc {
namespace {

// `key=value,...`, unescaped.
std::string read(std::string_view tags) {
    std::string text, storage;
    TagReader reader(tags);
    for (Tag tag; reader.next(tag);) {
        if (!text.empty()) text += ',';
        ((text += tag.key) += '=') += unescaped(tag.value, storage);
    }
    return text;
}

TEST(IrcTags, AreRead) {
    const struct {
        std::string_view tags, read;
    } rows[] = {
        {"", ""},
        {"a", "a="},
        {"a=", "a="},
        {"a=b", "a=b"},
        {"a=b;c=32;k;rt=ql7", "a=b,c=32,k=,rt=ql7"},
        {"a=b=c", "a=b=c"},
        {";;a=1;", "a=1"},
        {"=x;a=1", "a=1"},
        {"a=1;a=2", "a=1,a=2"},
        {"+draft/reply=x", "+draft/reply=x"},
        {R"(a=\:\s\\\r\n)", "a=; \\\r\n"},
        {R"(a=b\)", "a=b"},
        {R"(a=\)", "a="},
        {R"(a=\b\k)", "a=bk"},
        {R"(a=\\\\s)", R"(a=\\s)"},
        {R"(a=\\s)", R"(a=\s)"},
    };
    for (const auto& row : rows) EXPECT_EQ(read(row.tags), row.read) << row.tags;
}

TEST(IrcTags, AreWritten) {
    std::string tags;
    EXPECT_EQ(append_tag(tags, "label", "a1"), LineFault::none);
    EXPECT_EQ(append_tag(tags, "+x.org/y-z", ""), LineFault::none);
    EXPECT_EQ(append_tag(tags, "v", "; \\\r\n\xC3\xA9"), LineFault::none);
    EXPECT_EQ(tags, "label=a1;+x.org/y-z;v=\\:\\s\\\\\\r\\n\xC3\xA9");
    using namespace std::string_view_literals;
    for (const std::string_view key : {""sv, "a b"sv, "a=b"sv, "a;b"sv, "\xC3\xA9"sv, "a\n"sv})
        EXPECT_EQ(append_tag(tags, key, "x"), LineFault::bad_tag);
    EXPECT_EQ(append_tag(tags, "a", "\xFF"), LineFault::not_utf8);
    EXPECT_EQ(append_tag(tags, "a", "x\0y"sv), LineFault::control);
    EXPECT_EQ(tags, "label=a1;+x.org/y-z;v=\\:\\s\\\\\\r\\n\xC3\xA9");
}

}  // namespace
}  // namespace millrace::chat::irc
