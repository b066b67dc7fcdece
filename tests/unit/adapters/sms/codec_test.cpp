#include "adapters/sms/codec.hpp"

#include <gtest/gtest.h>

#include "tests/unit/adapters/sms/requests.hpp"

namespace millrace::sms {
namespace {

using namespace test;
using Content = Payload::Content;

std::string shown(const FormFields& form) {
    std::string text;
    for (const FormField& field : form) text += "[" + field.name + "|" + field.value + "]";
    return text;
}

Request with(std::string type, std::string body, std::string url = "https://h/?q=1") {
    return Request({"POST", std::move(url), {{"Content-Type", std::move(type)}}, std::move(body)});
}

std::string many(std::size_t count) {
    std::string text;
    for (; count > 0; --count) text += "a&";
    return text;
}

TEST(Codec, Contents) {
    const struct {
        Request request;
        Content content;
        const char* fields;
    } cases[] = {
        {get("https://h/"), Content::none, ""},
        {get("https://h/?a=1&b=%2B+"), Content::none, "[a|1][b|+ ]"},
        {with(kFormType, "a=1&b=2"), Content::form, "[a|1][b|2]"},
        {with("Application/X-WWW-Form-Urlencoded; Charset=\"UTF-8\"", "a=1"), Content::form, "[a|1]"},
        {with("application/x-www-form-urlencoded; charset=us-ascii;x", "a=1"), Content::form, "[a|1]"},
        {with(kFormType, ""), Content::none, "[q|1]"},
        {with("application/json", R"({"a":"1","b":"2"})"), Content::json, "[a|1][b|2]"},
        {with("application/cloudevents+json", R"({"a":"1"})"), Content::json, "[a|1]"},
        {with("application/json", R"({"a":"1","b":2})"), Content::json, ""},
        {with("application/json", R"({"a":"1","b":{}})"), Content::json, ""},
        {with("application/json", R"(["a"])"), Content::json, ""},
        {with("application/json", R"({"a")"), Content::json, ""},
        {with("application/json", "{" + std::string(1, '}')), Content::json, ""},
        {with("text/json", R"({"a":"1"})"), Content::other, ""},
        {with("text/plain", "a=1"), Content::other, ""},
        {with("multipart/form-data; boundary=x", "--x--"), Content::other, ""},
        {with("application/xml", "<a/>"), Content::other, ""},
        {with("", "a=1"), Content::other, ""},
    };
    for (auto it : cases) {
        Payload& payload = it.request.payload();
        EXPECT_EQ(it.request.fault.status, 0u) << it.request.fault.text;
        EXPECT_EQ(payload.content(), it.content) << it.request.draft.body;
        EXPECT_EQ(shown(payload.fields()), it.fields) << it.request.draft.body;
    }
}

TEST(Codec, ThatIsRefused) {
    Request no_type({"POST", "https://h/", {}, "a=1"});
    Request two_types({"POST", "https://h/", {{"content-type", kFormType}, {"Content-Type", kJsonType}}, "a=1"});
    Request encoded = with(kFormType, "a=1");
    encoded.draft.headers.emplace_back("Content-Encoding", "gzip");
    Request encoded_twice = with(kFormType, "a=1");
    encoded_twice.draft.headers.emplace_back("Content-Encoding", "identity");
    encoded_twice.draft.headers.emplace_back("Content-Encoding", "identity");
    Request identity = with(kFormType, "a=1");
    identity.draft.headers.emplace_back("Content-Encoding", "identity");
    const struct {
        Request request;
        unsigned status;
        const char* text;
    } cases[] = {
        {get("https://h/?" + many(1001)), 400, "the query has too many fields"},
        {with(kFormType, many(1001)), 400, "the form has too many fields"},
        {with(kFormType, many(1000)), 0, ""},
        {with("application/x-www-form-urlencoded; charset=iso-8859-1", "a=1"), 415, "the content is not UTF-8"},
        {with("application/json; charset=utf-16", "{}"), 415, "the content is not UTF-8"},
        {no_type, 415, "the content has no type, or two"},
        {two_types, 415, "the content has no type, or two"},
        {encoded, 415, "the content is encoded"},
        {encoded_twice, 415, "the content is encoded"},
        {identity, 0, ""},
    };
    for (auto it : cases) {
        it.request.payload();
        EXPECT_EQ(it.request.fault.status, it.status) << it.text;
        EXPECT_EQ(it.request.fault.text, it.text);
    }
}

TEST(Codec, NothingIsLeftOverFromTheRequestBefore) {
    Payload payload;
    const Header json[] = {{"content-type", kJsonType}};
    const Header form[] = {{"content-type", kFormType}};
    EXPECT_FALSE(payload.decode({"POST", "https://h/?q=1", json, R"({"a":"1"})"}));
    EXPECT_NE(payload.json(), nullptr);
    EXPECT_EQ(shown(payload.fields()), "[a|1]");
    EXPECT_FALSE(payload.decode({"POST", "https://h/", form, "b=2"}));
    EXPECT_EQ(payload.json(), nullptr);
    EXPECT_EQ(shown(payload.fields()), "[b|2]");
    EXPECT_FALSE(payload.decode({"GET", "https://h/", {}, ""}));
    EXPECT_EQ(shown(payload.fields()) + shown(payload.form()) + shown(payload.query()), "");
}

TEST(Webhook, Headers) {
    const Header headers[] = {{"X-One", " a \t"}, {"x-two", "b"}, {"X-TWO", "c"}, {"x-empty", ""}, {"x-blank", "  "}};
    const Webhook webhook{"GET", "https://h/", headers, ""};
    EXPECT_EQ(webhook.header("x-one"), "a");
    EXPECT_EQ(webhook.header("X-ONE"), "a");
    EXPECT_EQ(webhook.header("x-two"), std::nullopt);
    EXPECT_EQ(webhook.header("x-on"), std::nullopt);
    EXPECT_EQ(webhook.header("x-empty"), "");
    EXPECT_EQ(webhook.header("x-blank"), "");
}

TEST(Webhook, Credentials) {
    const struct {
        const char* header;
        std::optional<std::string_view> credentials;
    } cases[] = {
        {"Bearer abc", "abc"}, {"bearer  abc ", "abc"}, {"BEARER ", ""},     {"Bearer", {}},
        {"Bearerabc", {}},     {"Basic abc", {}},       {" Bearer abc", {}}, {"", {}},
    };
    for (const auto& it : cases) EXPECT_EQ(credentials_of(it.header, "bearer"), it.credentials) << it.header;
}

}  // namespace
}  // namespace millrace::sms
