#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "gateway/core/config_secrets.hpp"
#include "gateway/core/host_services.hpp"
#include "tests/unit/gateway/core/config_fixture.hpp"

namespace millrace {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::places;
using testing::TemporaryFolder;

Catalogue catalogue() {
    Result<Manifest> manifest = parse_manifest(
        R"({"id": "safe", "version": "1.0.0", "kind": "consumer", "abi": "0.1",
            "config": [{"key": "a", "type": "secret"}, {"key": "b", "type": "text"}, {"key": "c", "type": "list"},
                       {"key": "c[]", "type": "secret"}]})");
    EXPECT_TRUE(manifest) << manifest.error().text;
    Catalogue catalogue;
    catalogue.plugins.push_back(*std::move(manifest));
    return catalogue;
}

class Secrets : public ::testing::Test {
  protected:
    Secrets() {
        ::setenv("MILLRACE_TEST_SECRET", "from \"env\"", 1);
        ::setenv("MILLRACE_TEST_EMPTY", "", 1);
        ::unsetenv("MILLRACE_TEST_ABSENT");
        ::unsetenv("CREDENTIALS_DIRECTORY");
    }

    // Of a file whose one consumer has these settings, which begin in line 3, column 32.
    Config config(const std::string& settings) {
        const std::string text = "version: 1\nconsumers:\n  s: { plugin: safe, config: { " + settings + " } }\n";
        ConfigResult result = read_config(folder_.write("gateway.yaml", text), catalogue());
        EXPECT_EQ(places(result), "") << text;
        return std::move(result.config);
    }

    std::string write(const std::string& name, std::string_view content, mode_t mode = 0600) const {
        const std::string file = folder_.write(name, content);
        ::chmod(file.c_str(), mode);
        return file;
    }

    const TemporaryFolder folder_;
};

TEST_F(Secrets, AreFilledInFromEverySource) {
    write("a.pw", "from a file\n");
    write("windows.pw", "dos\r\n");
    write("two.pw", "one\n\n");
    ::setenv("CREDENTIALS_DIRECTORY", folder_.name().c_str(), 1);
    const Config read = config(
        "a: { env: MILLRACE_TEST_SECRET }, b: x, c: [ { file: a.pw }, { credential: windows.pw }, "
        "{ plain: 'in the file' }, { file: two.pw } ]");
    const PluginSettings& settings = read.consumers[0].settings;
    EXPECT_EQ(settings.json, R"({"a":null,"b":"x","c":[null,null,null,null]})") << "the configuration has none of them";
    const FilledSettings filled(settings);
    EXPECT_THAT(filled.errors(), IsEmpty());
    EXPECT_EQ(filled.json(), R"({"a":"from \"env\"","b":"x","c":["from a file","dos","in the file","one\n"]})");
    EXPECT_THAT(check_secrets(read), IsEmpty());
}

TEST_F(Secrets, ThatCannotBeReadArePlaced) {
    struct Row {
        std::string settings;
        std::string_view place;
        std::string says;
    };
    write("empty.pw", "\n");
    write("zero.pw", std::string_view("a\0b", 3));
    write("large.pw", std::string(64 * 1024 + 1, 'x'));
    const Row rows[] = {
        {"a: { env: MILLRACE_TEST_ABSENT }", "3:42", "'a': the variable MILLRACE_TEST_ABSENT is not set"},
        {"a: { env: MILLRACE_TEST_EMPTY }", "3:42", "'a': it is empty"},
        {"a: { file: absent.pw }", "3:43", folder_.name() + "/absent.pw cannot be read: No such file"},
        {"a: { file: /etc }", "3:43", "/etc cannot be read: Is a directory"},
        {"a: { file: empty.pw }", "3:43", "it is empty"},
        {"a: { file: zero.pw }", "3:43", "it has a zero byte"},
        {"a: { file: large.pw }", "3:43", "is larger than 64 KiB"},
        {"a: { credential: x }", "3:49", "CREDENTIALS_DIRECTORY is not set"},
        {"c: [ { plain: x }, { env: MILLRACE_TEST_ABSENT } ]", "3:58", "'c[1]': the variable"},
    };
    for (const Row& row : rows) {
        const Config read = config(row.settings);
        const std::vector<ConfigError> errors = check_secrets(read);
        ASSERT_EQ(errors.size(), 1u) << row.settings;
        EXPECT_EQ(errors[0].code, "no-secret");
        EXPECT_EQ(std::to_string(errors[0].at.line) + ":" + std::to_string(errors[0].at.column), row.place);
        EXPECT_THAT(errors[0].text, HasSubstr(row.says)) << row.settings;
        EXPECT_EQ(FilledSettings(read.consumers[0].settings).errors().size(), 1u) << row.settings;
    }
    ::setenv("CREDENTIALS_DIRECTORY", folder_.name().c_str(), 1);
    EXPECT_THAT(check_secrets(config("a: { credential: ../x }"))[0].text, HasSubstr("is no path"));
}

TEST_F(Secrets, InFilesThatOthersMayReadAreAWarning) {
    write("open.pw", "x", 0644);
    write("group.pw", "x", 0640);
    const auto found = find_open_secrets(config("a: { file: open.pw }, c: [ { file: group.pw }, { file: no.pw } ]"));
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].code, "open-secret");
    EXPECT_EQ(found[0].at, (Position{3, 43}));
    EXPECT_THAT(found[0].text, HasSubstr("open.pw (mode 0644): chmod o-r "));
}

TEST_F(Secrets, OfTheAdminAddressAreReadInTheirOrder) {
    const std::string file = write("admin.pw", "new\n", 0644);
    const auto read = [this](const std::string& token) {
        const std::string text = "version: 1\ngateway: { admin: { listen: 127.0.0.1:0, token: " + token + " } }\n";
        return read_config(folder_.write("gateway.yaml", text), {}).config;
    };
    const auto tokens = read_secrets(read("[ { file: admin.pw }, { env: MILLRACE_TEST_SECRET } ]").admin_tokens);
    ASSERT_TRUE(tokens);
    EXPECT_THAT(*tokens, ElementsAre("new", "from \"env\""));
    EXPECT_EQ(find_open_secrets(read("{ file: admin.pw }")).size(), 1u);
    const Config absent = read("[ { plain: x }, { env: MILLRACE_TEST_ABSENT } ]");
    EXPECT_EQ(check_secrets(absent).size(), 1u);
    const auto failed = read_secrets(absent.admin_tokens);
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().text, "'token': the variable MILLRACE_TEST_ABSENT is not set");
}

TEST(Masks, HideTheLongestFirst) {
    const Mask mask({"ab", "abc", "x"});
    EXPECT_EQ(mask.hide("abcab-x."), "******-***.");
    EXPECT_EQ(mask.hide("a b c"), "a b c");
    EXPECT_TRUE(Mask(std::vector<std::string>()).is_empty());
    EXPECT_EQ(Mask(std::vector<std::string>()).hide("abc"), "abc");
}

TEST_F(Secrets, AreMaskedWhereAPluginSaysThem) {
    const Config read = config("a: { plain: hunter2 }");
    SettingErrors errors(read.consumers[0].settings);
    ASSERT_TRUE(errors.is_empty());
    const auto bytes = [](std::string_view text) {
        return millrace_bytes{reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
    };
    errors.sink()->add(errors.sink()->context, bytes("a"), bytes("`hunter2` is no key, hunter2!"));
    const std::vector<ConfigError> said = errors.take();
    ASSERT_EQ(said.size(), 1u);
    EXPECT_EQ(said[0].text, "a: `***` is no key, ***!");
    EXPECT_EQ(said[0].at, (Position{3, 32}));
}

}  // namespace
}  // namespace millrace
