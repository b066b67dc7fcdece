#include "adapters/smtp/mime/lines.hpp"

#include <gtest/gtest.h>

#include <string>

namespace millrace::smtp::mime {
namespace {

TEST(Lines, end_in_crlf_or_lf_and_not_in_cr) {
    const std::string text = "a\r\nb\nc\rd\r\n\r\ne";
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < text.size();) {
        const Line line = line_at(text, at);
        lines.push_back(text.substr(line.begin, line.end - line.begin));
        at = line.next;
    }
    EXPECT_EQ(lines, (std::vector<std::string>{"a", "b", "c\rd", "", "e"}));
}

struct Case {
    std::string text;
    std::vector<std::pair<Fault, std::size_t>> defects;
};

TEST(Lines, say_what_is_wrong_with_them_and_where) {
    using enum Fault;
    const std::string full(998, 'x');
    const Case cases[] = {
        {"", {}},
        {"a\r\nb\r\n", {}},
        {"a", {}},
        {"a\nb\nc\n", {{bare_lf, 1}}},
        {"a\r\n\nb", {{bare_lf, 3}}},
        {"a\rb\r\n", {{bare_cr, 1}}},
        {"a\r", {{bare_cr, 1}}},
        {"a\r\r\n", {{bare_cr, 1}}},
        {std::string("a\0b\0", 4), {{nul, 1}}},
        {"\r\n" + full + "\r\n", {}},
        {"\r\n" + full + "x\r\n", {{long_line, 2}}},
        {full + "x", {{long_line, 0}}},
        {std::string("\0\r\n\n\r", 5), {{nul, 0}, {bare_cr, 4}, {bare_lf, 3}}},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.text.substr(0, 20));
        Defects defects;
        check_lines(c.text, defects);
        std::vector<std::pair<Fault, std::size_t>> found;
        for (const Defect& defect : defects.list()) found.emplace_back(defect.fault, defect.offset);
        EXPECT_EQ(found, c.defects);
    }
}

TEST(Defects, are_one_of_a_kind_in_a_part) {
    Defects defects;
    for (const std::uint32_t part : {0u, 1u, 0u, 1u, 1u}) defects.add(Fault::bad_text, part, part);
    defects.add(Fault::bad_date, 0, 7);
    ASSERT_EQ(defects.list().size(), 3u);
    EXPECT_EQ(defects.list()[2].offset, 7u);
    EXPECT_FALSE(defects.is_partial());
}

TEST(Defects, have_room_for_a_hundred_and_count_the_others) {
    Defects defects;
    for (std::uint32_t part = 0; part < 150; ++part) defects.add(Fault::part_limit, part, 0);
    EXPECT_EQ(defects.list().size(), 100u);
    EXPECT_EQ(defects.more(), 50u);
    EXPECT_TRUE(defects.is_partial());
    defects.clear();
    EXPECT_TRUE(defects.list().empty() && defects.more() == 0 && !defects.is_partial());
}

}  // namespace
}  // namespace millrace::smtp::mime
