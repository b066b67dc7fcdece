#include "gateway/core/router_json.hpp"

#include <gtest/gtest.h>

namespace millrace {
namespace {

// What a document has at a path: its text, "(absent)", "(compound)" or "(no json)".
std::string found(std::string_view document, std::string_view path) {
    JsonPaths paths;
    const std::uint32_t number = paths.add(path);
    JsonFields fields;
    if (!fields.read(document, paths)) return "(no json)";
    const JsonFields::Field& field = fields.field(number);
    if (field.state == JsonFields::State::scalar) return field.text;
    return field.state == JsonFields::State::absent ? "(absent)" : "(compound)";
}

struct Row {
    std::string_view document;
    std::string_view path;
    std::string_view found;
};

constexpr Row kRows[] = {
    {R"({"a":"x"})", "a", "x"},
    {R"({"a":"x"})", "b", "(absent)"},
    {R"({"a":{"b":{"c":"x"}}})", "a.b.c", "x"},
    {R"({"a":{"b":{"c":"x"}}})", "a.b", "(compound)"},
    {R"({"a":{"b":"x"}})", "a.b.c", "(absent)"},
    {R"({"b":{"a":"x"},"a":{"a":"y"}})", "a.a", "y"},
    {R"({"a":[]})", "a", "(compound)"},
    // lists
    {R"(["x","y"])", "1", "y"},
    {R"(["x","y"])", "2", "(absent)"},
    {R"({"a":[{"b":1},{"b":2}]})", "a.1.b", "2"},
    {R"({"a":[[0,1],[2,3]]})", "a.1.0", "2"},
    {R"({"a":[{"c":1},7,"x",null,{"b":2}]})", "a.4.b", "2"},
    {R"({"a":["x\ty","\u0041","z"]})", "a.2", "z"},
    {R"({"a":{"1":"x"}})", "a.1", "x"},
    {R"(["x"])", "00", "(absent)"},
    // scalars
    {R"({"a":true})", "a", "true"},
    {R"({"a":false})", "a", "false"},
    {R"({"a":null})", "a", "null"},
    {R"({"a":""})", "a", ""},
    {R"({"a":"\u00e4\n\"x"})", "a", "\xc3\xa4\n\"x"},
    {R"({"\u0061":"x"})", "a", "x"},
    {R"("x")", "a", "(absent)"},
    {"7", "a", "(absent)"},
    // numbers
    {R"({"a":80})", "a", "80"},
    {R"({"a":80.0})", "a", "80"},
    {R"({"a":8e1})", "a", "80"},
    {R"({"a":100000.0})", "a", "100000"},
    {R"({"a":-0})", "a", "0"},
    {R"({"a":-0.0})", "a", "0"},
    {R"({"a":0.1})", "a", "0.1"},
    {R"({"a":80.1})", "a", "80.1"},
    {R"({"a":2.2250738585072011e-308})", "a", "2.225073858507201e-308"},
    {R"({"a":9007199254740993})", "a", "9007199254740993"},
    {R"({"a":18446744073709551615})", "a", "18446744073709551615"},
    {R"({"a":-9223372036854775808})", "a", "-9223372036854775808"},
    {R"({"a":1e999})", "a", "1e999"},
    // the last of one name
    {R"({"a":1,"a":2})", "a", "2"},
    {R"({"a":{"b":1},"a":2})", "a.b", "(absent)"},
    {R"({"a":{"b":1},"a":{"c":2}})", "a.b", "(absent)"},
    // no JSON
    {"", "a", "(no json)"},
    {"x", "a", "(no json)"},
    {R"({"a":1)", "a", "(no json)"},
    {R"({"a":1} x)", "a", "(no json)"},
    {R"({"a":1}  )", "a", "1"},
    {R"({"a":01})", "a", "(no json)"},
    {R"({"a":NaN})", "a", "(no json)"},
    {R"({'a':1})", "a", "(no json)"},
    {R"({"a":1,})", "a", "(no json)"},
    {R"(/**/{"a":1})", "a", "(no json)"},
    {"{\"a\":\"\xff\"}", "a", "(no json)"},
};

TEST(RouterJson, Table) {
    for (const Row& row : kRows) EXPECT_EQ(found(row.document, row.path), row.found) << row.document << " " << row.path;
}

TEST(RouterJson, IsBounded) {
    const std::string head = R"({"a":")", tail = R"("})";
    const std::string most(kJsonSizeMax - head.size() - tail.size(), 'x');
    EXPECT_EQ(found(head + most + tail, "a"), most);
    EXPECT_EQ(found(head + most + "x" + tail, "a"), "(no json)");
    auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
    EXPECT_EQ(found(nested(kJsonDepthMax), "0.0"), "(compound)");
    EXPECT_EQ(found(nested(kJsonDepthMax + 1), "0.0"), "(no json)");
}

TEST(RouterJson, OnePassFindsAllPlacesAndForgetsTheLastDocument) {
    JsonPaths paths;
    const std::uint32_t a = paths.add("a"), b = paths.add("a.b"), c = paths.add("c");
    EXPECT_EQ(paths.add("a.b"), b);
    EXPECT_EQ(paths.count(), 3u);
    JsonFields fields;
    ASSERT_TRUE(fields.read(R"({"c":"x","a":{"b":1}})", paths));
    EXPECT_EQ(fields.field(a).state, JsonFields::State::compound);
    EXPECT_EQ(fields.field(b).text, "1");
    EXPECT_EQ(fields.field(c).text, "x");
    ASSERT_TRUE(fields.read(R"({"c":"y"})", paths));
    EXPECT_EQ(fields.field(a).state, JsonFields::State::absent);
    EXPECT_EQ(fields.field(b).state, JsonFields::State::absent);
    EXPECT_EQ(fields.field(c).text, "y");
}

}  // namespace
}  // namespace millrace
