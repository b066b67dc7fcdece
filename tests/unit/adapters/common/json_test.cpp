#include "adapters/common/json.hpp"

#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(Json, ThatIsNone) {
    const std::string nested = std::string(17, '[') + std::string(17, ']');
    for (const std::string& text :
         {std::string(), std::string("{"), std::string("{}x"), std::string("{} {}"), std::string("{'a':1}"),
          std::string("[1,]"), std::string("{\"a\":1,}"), std::string("01"), std::string("+1"), std::string("NaN"),
          std::string("\"\xFF\""), std::string("\"\xC3\""), std::string("\"\\ud800\""), std::string("\"\\x\""),
          std::string("\"a\nb\""), std::string("\"a\0b\"", 5), std::string("// c\n{}"), std::string("\xEF\xBB\xBF{}"),
          nested})
        EXPECT_FALSE(parse_json(text)) << text;
}

TEST(Json, HasLimits) {
    EXPECT_TRUE(parse_json(std::string(16, '[') + std::string(16, ']')));
    EXPECT_TRUE(parse_json("[[1]]", {.depth = 2}));
    EXPECT_FALSE(parse_json("[[[1]]]", {.depth = 2}));
    EXPECT_TRUE(parse_json(R"({"a":[1,2]})", {.elements = 2}));
    EXPECT_FALSE(parse_json(R"({"a":[1,2,3]})", {.elements = 2}));
    EXPECT_FALSE(parse_json(R"([",,,"])", {.elements = 2}));
}

TEST(Json, IsLookedInto) {
    const auto value = parse_json(R"({"text":"t","number":-5,"large":18446744073709551615,"float":1.5,"yes":true,
        "none":null,"list":["x",{"y":"z"}],"digits":"42","twice":1,"twice":2,"empty":""})");
    const JsonView view(*value);
    const struct {
        JsonView at;
        const char* text;
        const char* scalar;
        std::optional<std::int64_t> integer;
    } cases[] = {
        {view["text"], "t", "t", {}},
        {view["number"], "", "-5", -5},
        {view["large"], "", "18446744073709551615", {}},
        {view["float"], "", "", {}},
        {view["yes"], "", "true", {}},
        {view["none"], "", "", {}},
        {view["list"], "", "", {}},
        {view["list"][0], "x", "x", {}},
        {view["list"][1]["y"], "z", "z", {}},
        {view["list"][2], "", "", {}},
        {view["list"]["y"], "", "", {}},
        {view["text"][0], "", "", {}},
        {view["absent"]["deeper"][3], "", "", {}},
        {view["digits"], "42", "42", 42},
        {view["twice"], "", "2", 2},
        {view["empty"], "", "", {}},
        {JsonView(), "", "", {}},
    };
    for (const auto& it : cases) {
        EXPECT_EQ(it.at.text(), it.text);
        EXPECT_EQ(it.at.scalar(), it.scalar);
        EXPECT_EQ(it.at.integer(), it.integer) << it.scalar;
    }
    EXPECT_EQ(view["list"].size(), 2u);
    EXPECT_EQ(view.size(), 0u);
    EXPECT_TRUE(view.is_object() && view["list"].is_array() && view["empty"].is_text());
}

}  // namespace
}  // namespace millrace
