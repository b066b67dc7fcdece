#include "adapters/smtp/mime/header_reader.hpp"

#include <gtest/gtest.h>

#include <string>

namespace millrace::smtp::mime {
namespace {

struct Case {
    std::string_view text;
    std::vector<std::pair<std::string, std::string>> fields;
    std::string_view content;
    std::vector<Fault> faults;
};

TEST(HeaderReader, reads_fields_up_to_the_content) {
    using enum Fault;
    const Case cases[] = {
        {"", {}, "", {}},
        {"\r\nbody", {}, "body", {}},
        {"A: b\r\n\r\nbody", {{"A", " b"}}, "body", {}},
        {"A: b\n\nbody", {{"A", " b"}}, "body", {}},
        {"A: b\r\n", {{"A", " b"}}, "", {}},
        {"A:", {{"A", ""}}, "", {}},
        {"A: b\r\n c\r\n\td\r\nB:e\r\n\r\n", {{"A", " b\r\n c\r\n\td"}, {"B", "e"}}, "", {}},
        {"A: b\r\n \r\nB: c\r\n\r\nd", {{"A", " b\r\n "}, {"B", " c"}}, "d", {}},
        {"A \t: b\r\n\r\n", {{"A", " b"}}, "", {}},
        {"A::b\r\n\r\n", {{"A", ":b"}}, "", {}},
        {"From x Mon\r\nA: b\r\n\r\nc", {{"A", " b"}}, "c", {}},
        {"A: b\r\nFrom x Mon\r\nB: c\r\n\r\n", {{"A", " b"}, {"B", " c"}}, "", {no_colon}},
        {"A: b\r\nwrapped, but not indented\r\nB: c\r\n\r\nd", {{"A", " b"}, {"B", " c"}}, "d", {no_colon}},
        {"A: b\r\nHello,\r\nhow are you\r\n", {{"A", " b"}}, "Hello,\r\nhow are you\r\n", {no_separator}},
        {"A: b\r\nHello,\r\n\r\nhow\r\n", {{"A", " b"}}, "Hello,\r\n\r\nhow\r\n", {no_separator}},
        {"just text", {}, "just text", {no_separator}},
        {": no name\r\nA: b\r\n\r\n", {{"A", " b"}}, "", {no_colon}},
        {" folded first\r\nA: b\r\n\r\n", {{"A", " b"}}, "", {no_colon}},
        {"two words: x\r\nA: b\r\n\r\n", {{"A", " b"}}, "", {no_colon}},
        {"\xC3\xA4: x\r\nA: b\r\n\r\n", {{"A", " b"}}, "", {no_colon}},
        {"A: b\r\n--m\r\nC: d\r\n", {{"A", " b"}}, "--m\r\nC: d\r\n", {}},
        {"A: b\r\n--m--\r\n", {{"A", " b"}}, "--m--\r\n", {}},
        {"A: b\r\n--other: c\r\n\r\n", {{"A", " b"}, {"--other", " c"}}, "", {}},
        {"A: b\rC: d\r\n\r\n", {{"A", " b\rC: d"}}, "", {}},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.text);
        Boundaries boundaries;
        boundaries.push("m");
        Defects defects;
        HeaderReader reader(c.text, 0, boundaries, 3, defects);
        std::vector<std::pair<std::string, std::string>> fields;
        Field field;
        while (reader.next(field)) {
            fields.emplace_back(field.name, field.value);
            EXPECT_EQ(c.text.substr(field.offset, field.name.size()), field.name);
        }
        EXPECT_EQ(fields, c.fields);
        EXPECT_EQ(c.text.substr(reader.content()), c.content);
        std::vector<Fault> faults;
        for (const Defect& defect : defects.list()) faults.push_back(defect.fault);
        EXPECT_EQ(faults, c.faults);
    }
}

struct BoundaryCase {
    std::string_view line;
    int level;  // -1: separates nothing.
    bool is_last;
};

TEST(Boundaries, are_whole_lines_and_the_innermost_counts) {
    const BoundaryCase cases[] = {
        {"--a", 0, false},    {"--a--", 0, true},    {"--a \t", 0, false}, {"--a-- ", 0, true}, {"--ab", 1, false},
        {"--ab--", 1, true},  {"--a--x", -1, false}, {"--abc", -1, false}, {"-a", -1, false},   {" --a", -1, false},
        {"--", -1, false},    {"--A", -1, false},    {"--x", 3, false},    {"--x--", 3, true},  {"--y--", 4, false},
        {"--y----", 4, true}, {"--y", -1, false},
    };
    Boundaries boundaries;
    for (const char* boundary : {"a", "ab", "x", "x", "y--"}) boundaries.push(boundary);
    for (const BoundaryCase& c : cases) {
        SCOPED_TRACE(c.line);
        const auto match = boundaries.match(c.line);
        EXPECT_EQ(match ? static_cast<int>(match->level) : -1, c.level);
        EXPECT_EQ(match && match->is_last, c.is_last);
    }
}

}  // namespace
}  // namespace millrace::smtp::mime
