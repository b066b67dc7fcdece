#include "adapters/smtp/mime/message_ids.hpp"

#include <gtest/gtest.h>

namespace millrace::smtp::mime {
namespace {

struct Case {
    std::string_view raw;
    std::vector<std::string> ids;
    bool is_sound = true;
};

TEST(MessageIds, stand_in_angle_brackets) {
    const Case cases[] = {
        {" <a@b>", {"a@b"}},
        {"<a@b> <c@d>\r\n\t<e@f>", {"a@b", "c@d", "e@f"}},
        {"<a@b><c@d>", {"a@b", "c@d"}},
        {"<a@b> (of <x@y>) <c@d>", {"a@b", "c@d"}},
        {"<very-long\r\n -id@b>", {"very-long-id@b"}},
        {"<\"a b\"@c>", {"\"ab\"@c"}},
        {"<a(b)@c>", {"a(b)@c"}},
        // Not as they should be.
        {"", {}, false},
        {"a@b", {"a@b"}, false},
        {"a@b c@d", {"a@b", "c@d"}, false},
        {"message of <a@b>", {"a@b"}, false},
        {"<a@b", {"a@b"}, false},
        {"<a@b <c@d>", {"a@b", "c@d"}, false},
        {"a@b>", {"a@b"}, false},
        {"<>", {}, false},
        {"<\xFF@b>", {"\uFFFD@b"}},
        {std::string_view("<a\0@b>", 6), {"a\uFFFD@b"}},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.raw);
        const MessageIds found = parse_message_ids(c.raw, 10);
        EXPECT_EQ(found.ids, c.ids);
        EXPECT_EQ(found.is_sound, c.is_sound);
    }
}

TEST(MessageIds, are_no_more_than_may_be) {
    EXPECT_TRUE(parse_message_ids("<a> <b> <c>", 2).is_cut);
    EXPECT_EQ(parse_message_ids("<a> <b> <c>", 2).ids.size(), 2u);
    EXPECT_FALSE(parse_message_ids("<a> <b>", 2).is_cut);
}

}  // namespace
}  // namespace millrace::smtp::mime
