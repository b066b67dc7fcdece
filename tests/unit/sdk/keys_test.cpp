#include "millrace/keys.hpp"

#include <gtest/gtest.h>

#include <string>
#include <variant>
#include <vector>

#include "millrace/adapter.hpp"
#include "millrace/detail/manifest_text.hpp"
#include "millrace/plugin.hpp"
#include "millrace/testing.hpp"

namespace millrace {
namespace {

using namespace std::chrono_literals;
using Errors = std::vector<std::string>;

struct Topic {
    std::string topic;
    int qos = 9;

    static constexpr auto kKeys =
        keys(key("topic", &Topic::topic),
             key("qos", &Topic::qos, {.fallback = 0, .min = 0, .max = 2, .about = "how \"sure\""}));
};

struct FileOf {
    std::string file;

    static constexpr auto kKeys = keys(key("file", &FileOf::file, {.form = Form::path}));
};

struct Settings {
    std::string mode;
    std::optional<std::string> password;
    std::uint8_t small;
    std::size_t room;
    std::int64_t offset;
    Duration patience;
    double share;
    bool loud;
    std::size_t threads = 7;
    std::vector<Topic> subscribe;
    std::vector<std::variant<std::string, FileOf>> accept;
    std::vector<std::string> listen;
    Topic will;

    static constexpr auto kKeys = keys(
        key("mode", &Settings::mode, {.fallback = "fast", .choices = {"fast", "safe"}}),
        key("password", &Settings::password, {.form = Form::secret}), key("small", &Settings::small, {.fallback = 1}),
        key("room", &Settings::room, {.fallback = 64, .form = Form::size, .min = 16, .max = 1024}),
        key("offset", &Settings::offset, {.fallback = -3, .unit = "steps"}),
        key("patience", &Settings::patience, {.fallback = 1500ms, .min = 1s, .max = 5min}),
        key("share", &Settings::share, {.fallback = 0.25, .min = -1.5, .max = 1}),
        key("loud", &Settings::loud, {.fallback = true}),
        key("threads", &Settings::threads, {.otherwise = "one a core"}),
        key("subscribe", &Settings::subscribe, {.required = true}), key("accept", &Settings::accept),
        key("listen", &Settings::listen, {.form = Form::address}), key("will", &Settings::will));
};

struct More : FileOf {
    int count = 0;

    static constexpr auto kKeys = std::tuple_cat(FileOf::kKeys, keys(key("count", &More::count, {.fallback = 3})));
};

// Errors of reading `json`, "path: text".
Errors read_from(std::string_view json, Settings& settings) {
    Errors errors;
    const millrace_errors sink{sizeof(millrace_errors), 0, &errors,
                               [](void* self, millrace_bytes path, millrace_bytes text) {
                                   static_cast<Errors*>(self)->push_back(std::string(detail::view(path)) + ": " +
                                                                         std::string(detail::view(text)));
                               }};
    const Config config(json, &sink);
    read(config, settings);
    config.finish();
    return errors;
}

template <class Write> std::string written(Write write) { return detail::manifest_text(write).data(); }

TEST(Keys, AreInTheManifest) {
    EXPECT_EQ(written([](detail::ManifestWriter& out) { detail::write_config<Settings>(out); }),
              R"({"config":[{"key":"mode","type":"text","default":"fast","choices":["fast","safe"]},)"
              R"({"key":"password","type":"secret"},)"
              R"({"key":"small","type":"integer","default":1},)"
              R"({"key":"room","type":"size","default":64,"min":16,"max":1024},)"
              R"({"key":"offset","type":"integer","default":-3,"unit":"steps"},)"
              R"({"key":"patience","type":"duration","default":"1500ms","min":"1s","max":"300s"},)"
              R"({"key":"share","type":"number","default":0.25,"min":-1.5,"max":1},)"
              R"({"key":"loud","type":"bool","default":true},)"
              R"({"key":"threads","type":"integer","otherwise":"one a core"},)"
              R"({"key":"subscribe","type":"list","required":true},)"
              R"({"key":"subscribe[].topic","type":"text","required":true},)"
              R"({"key":"subscribe[].qos","type":"integer","default":0,"min":0,"max":2,"about":"how \"sure\""},)"
              R"({"key":"accept","type":"list"},{"key":"accept[]","type":"text"},)"
              R"({"key":"accept[].file","type":"path","required":true},)"
              R"({"key":"listen","type":"list"},{"key":"listen[]","type":"address"},)"
              R"({"key":"will","type":"map"},{"key":"will.topic","type":"text","required":true},)"
              R"({"key":"will.qos","type":"integer","default":0,"min":0,"max":2,"about":"how \"sure\""}]})");
}

TEST(Keys, OfAConsumerWithoutAny) {
    EXPECT_EQ(written([](detail::ManifestWriter& out) { detail::write_config<detail::NothingShared>(out); }),
              R"({"config":[]})");
}

TEST(Keys, WhatReadsForItselfDeclaresNothing) {
    EXPECT_EQ(written([](detail::ManifestWriter& out) { detail::write_config<std::string>(out); }), "{}");
}

TEST(Keys, OfAScope) {
    const std::string text = written([](detail::ManifestWriter& out) {
        detail::write_scope(out, {.key = "the pair of numbers",
                                  .lifetime = Lifetime::keyed,
                                  .closes_by = {MILLRACE_REASON_IDLE, MILLRACE_REASON_CONSUMER},
                                  .reply = ReplyMode::any,
                                  .retry = RetryMode::upstream});
    });
    EXPECT_EQ(text, R"({"scope":{"key":"the pair of numbers","lifetime":"keyed","closes_by":["idle","consumer"]},)"
                    R"("reply":"any","retry":"upstream"})");
}

TEST(Keys, WriteEveryNumber) {
    EXPECT_EQ(written([](detail::ManifestWriter& out) {
                  out.number(std::numeric_limits<std::int64_t>::min()),
                      out.number(std::numeric_limits<std::int64_t>::max());
                  out.number(0.000001), out.number(-0.9999999), out.number(12.050), out.number(Duration(0));
                  out.number(Duration(-1500)), out.number(Duration(86'400'000));
              }),
              R"({-9223372036854775808,9223372036854775807,0.000001,-1,12.05,"0ms","-1500ms","86400s"})");
}

TEST(Keys, AreReadIntoTheirMembers) {
    Settings settings;
    EXPECT_EQ(
        read_from(R"({"mode":"safe","password":"p","small":255,"room":"1KiB","offset":-4,"patience":"1s","share":-1.5,
                            "loud":false,"threads":2,"subscribe":[{"topic":"a"},{"topic":"b","qos":2}],
                            "accept":["x",{"file":"y"}],"listen":"l","will":{"topic":"w"}})",
                  settings),
        Errors{});
    EXPECT_EQ(settings.mode, "safe");
    EXPECT_EQ(settings.password, "p");
    EXPECT_EQ(settings.small, 255);
    EXPECT_EQ(settings.room, 1024u);
    EXPECT_EQ(settings.offset, -4);
    EXPECT_EQ(settings.patience, 1s);
    EXPECT_EQ(settings.share, -1.5);
    EXPECT_FALSE(settings.loud);
    EXPECT_EQ(settings.threads, 2u);
    ASSERT_EQ(settings.subscribe.size(), 2u);
    EXPECT_EQ(settings.subscribe[0].qos, 0);
    EXPECT_EQ(settings.subscribe[1].topic, "b");
    EXPECT_EQ(settings.subscribe[1].qos, 2);
    ASSERT_EQ(settings.accept.size(), 2u);
    EXPECT_EQ(std::get<std::string>(settings.accept[0]), "x");
    EXPECT_EQ(std::get<FileOf>(settings.accept[1]).file, "y");
    EXPECT_EQ(settings.listen, std::vector<std::string>{"l"});
    EXPECT_EQ(settings.will.topic, "w");
}

TEST(Keys, HaveTheirFallbacks) {
    Settings settings;
    EXPECT_EQ(read_from(R"({"subscribe":{"topic":"a"}})", settings), Errors{});
    EXPECT_EQ(settings.mode, "fast");
    EXPECT_FALSE(settings.password);
    EXPECT_EQ(settings.small, 1);
    EXPECT_EQ(settings.room, 64u);
    EXPECT_EQ(settings.offset, -3);
    EXPECT_EQ(settings.patience, 1500ms);
    EXPECT_EQ(settings.share, 0.25);
    EXPECT_TRUE(settings.loud);
    EXPECT_EQ(settings.threads, 7u) << "the member's own value";
    EXPECT_EQ(settings.subscribe.size(), 1u);
    EXPECT_TRUE(settings.accept.empty() && settings.listen.empty());
    EXPECT_EQ(settings.will.topic, "");
    EXPECT_EQ(settings.will.qos, 0);
}

TEST(Keys, ReportWhatIsWrong) {
    Settings settings;
    EXPECT_EQ(read_from(R"({"mode":"slow","small":256,"room":8,"patience":"1ms","share":2,"loud":1,"password":1,
                            "threads":-1,"subscribe":[{"qos":3},7],"accept":[8],"will":{"tpoic":"x"},"extra":1})",
                        settings),
              (Errors{"mode: expected one of fast, safe, found `slow`", "password: expected a text, found a number",
                      "small: 256 is too large: at most 255", "room: 8B is too small: at least 16B",
                      "patience: 1ms is too small: at least 1000ms", "share: 2.000000 is too large: at most 1.000000",
                      "loud: expected true or false, found a number", "threads: -1 is too small: at least 0",
                      "subscribe[1]: expected keys, found a number", "subscribe[0]: key `topic` is missing",
                      "subscribe[0].qos: 3 is too large: at most 2", "accept[0]: expected keys, found a number",
                      "will: key `topic` is missing", "extra: unknown key `extra`",
                      "will.tpoic: unknown key `tpoic`; did you mean `topic`?"}));
    EXPECT_EQ(read_from("{}", settings), Errors{": key `subscribe` is missing"});
}

// Filled without a constructor, although it cannot be moved.
struct Filled : InlineConsumer {
    struct Shared {
        Shared() = default;
        Shared(const Shared&) = delete;

        std::string word;

        static constexpr auto kKeys = keys(key("word", &Shared::word, {.fallback = "yes"}));
    };

    explicit Filled(const Shared& shared) : shared_(shared) {}
    void on_message(const Message&) override { reply(shared_.word); }

    const Shared& shared_;
};

TEST(Keys, FillWhatAConsumerShares) {
    testing::Host host(plugin<Filled>(), R"({"word":"no"})");
    auto& scope = host.open();
    scope.message("?");
    EXPECT_EQ(scope.replies(), std::vector<std::string>{"no"});
    testing::Host second(plugin<Filled>());
    second.open().message("?");
    EXPECT_EQ(second.open().outcome().verdict, testing::Verdict::ack);
}

TEST(Keys, OfABaseAreReadToo) {
    More more;
    read(Config(R"({"file": "/tmp/x"})", nullptr), more);
    EXPECT_EQ(more.file, "/tmp/x");
    EXPECT_EQ(more.count, 3);
}

}  // namespace
}  // namespace millrace
