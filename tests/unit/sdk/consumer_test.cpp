#include "millrace/consumer.hpp"

#include <gmock/gmock.h>

#include "millrace/testing.hpp"

namespace {

using millrace::testing::Command;
using millrace::testing::Host;
using millrace::testing::Outcome;
using millrace::testing::Verdict;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using Texts = std::vector<std::string>;

struct Silent : millrace::InlineConsumer {};

// Does what the text of a message says.
template <class Base> struct Obedient : Base {
    void on_connect(const millrace::Message& event) override {
        if (event.attribute("door") == "closed") this->refuse(404, "no such room");
        if (event.attribute("door") == "chat") this->accept("chat.v2", {{"x-room", "blue"}, {"x-seat", "4"}});
    }

    void on_message(const millrace::Message& event) override {
        const std::string_view text = event.text();
        if (text == "echo") this->reply(event);
        if (text == "attempt") this->reply(std::to_string(event.attempt()));
        if (text == "count") this->reply(std::to_string(++count_));
        if (text == "json") this->reply(event.json());
        if (text == "close") this->reply("bye"), this->close(4000, "enough");
        if (text == "retry") this->reply("lost"), this->retry("not now");
        if (text == "reject") this->reply("lost"), this->reject(7, "never");
        if (text == "throw") throw std::runtime_error("broken");
        if (text == "throw int") throw 7;
        if (text == "log") this->log(millrace::Level::info, "a line");
        if (!event.is_text()) this->reply(event);
    }

    void on_disconnect(const millrace::Message& event) override {
        this->log(millrace::Level::info, "reason " + std::to_string(static_cast<int>(event.reason())));
    }

    int count_ = 0;
};

struct Inline : Obedient<millrace::InlineConsumer> {};
struct Sync : Obedient<millrace::Consumer> {};

template <class Type> struct PlainConsumers : ::testing::Test { Host host{millrace::plugin<Type>()}; };
using Both = ::testing::Types<Inline, Sync>;
TYPED_TEST_SUITE(PlainConsumers, Both);

TYPED_TEST(PlainConsumers, AnswersInKind) {
    auto& scope = this->host.open();
    EXPECT_EQ(scope.message("echo"), Outcome{Verdict::ack});
    EXPECT_EQ(scope.data(std::string("\0\xff", 2)), Outcome{Verdict::ack});
    EXPECT_EQ(scope.data(""), Outcome{Verdict::ack});
    EXPECT_THAT(scope.commands(), ElementsAre(Command{MILLRACE_REPLY, MILLRACE_TEXT, 0, "echo", ""},
                                              Command{MILLRACE_REPLY, MILLRACE_DATA, 0, std::string("\0\xff", 2), ""},
                                              Command{MILLRACE_REPLY, MILLRACE_DATA, 0, "", ""}));
}

TYPED_TEST(PlainConsumers, AcceptsUnlessItSaysOtherwise) {
    EXPECT_EQ(this->host.open().outcome(), Outcome{Verdict::ack});
    EXPECT_EQ(this->host.open({{"door", "closed"}}).outcome(), (Outcome{Verdict::reject, 404, "no such room"}));

    auto& chat = this->host.open({{"door", "chat"}});
    EXPECT_EQ(chat.outcome(), Outcome{Verdict::ack});
    ASSERT_EQ(chat.commands().size(), 1u);
    EXPECT_EQ(chat.commands()[0].payload_kind, MILLRACE_NO_PAYLOAD);
    millrace::v1::Command command;
    ASSERT_TRUE(command.ParseFromString(chat.commands()[0].body));
    EXPECT_EQ(command.websocket_accept().subprotocol(), "chat.v2");
    ASSERT_EQ(command.websocket_accept().headers_size(), 2);
    EXPECT_EQ(command.websocket_accept().headers(1).name(), "x-seat");
    EXPECT_EQ(command.websocket_accept().headers(1).value(), "4");
}

TYPED_TEST(PlainConsumers, EveryWayToFailIsAVerdictAndDropsTheReplies) {
    auto& scope = this->host.open();
    EXPECT_EQ(scope.message("reject"), (Outcome{Verdict::reject, 7, "never"}));
    EXPECT_EQ(scope.message("retry"), (Outcome{Verdict::retry, 0, "not now"}));
    EXPECT_EQ(this->host.open().message("throw"), (Outcome{Verdict::retry, 0, "broken"}));
    EXPECT_EQ(this->host.open().message("throw int"),
              (Outcome{Verdict::retry, 0, "the handler threw something that is no std::exception"}));
    EXPECT_THAT(scope.commands(), ElementsAre());
}

TYPED_TEST(PlainConsumers, ARejectDoesNotTouchTheNextEvent) {
    auto& scope = this->host.open();
    scope.messages({"count", "reject", "count"});
    EXPECT_EQ(scope.outcome(), Outcome{Verdict::ack});
    EXPECT_EQ(scope.replies(), (Texts{"1", "2"}));
}

TYPED_TEST(PlainConsumers, ABatchStopsAtARetryAndStartsAfreshThere) {
    auto& scope = this->host.open();
    scope.messages({"count", "count", "throw", "count", "attempt"});
    EXPECT_EQ(scope.outcome(), (Outcome{Verdict::retry, 0, "broken"}));
    EXPECT_EQ(scope.replies(), (Texts{"1", "2"}));
    scope.redeliver();
    EXPECT_EQ(scope.outcome().verdict, Verdict::retry);
    EXPECT_EQ(scope.replies(), (Texts{"1", "2"}));
}

TYPED_TEST(PlainConsumers, ARetryIsDeliveredAgainToANewInstance) {
    auto& scope = this->host.open();
    scope.answer(MILLRACE_FULL);
    scope.messages({"count", "attempt", "count"});
    EXPECT_EQ(scope.outcome(), Outcome{Verdict::retry});
    scope.answer(MILLRACE_TAKEN);
    EXPECT_EQ(scope.redeliver(), Outcome{Verdict::ack});
    EXPECT_EQ(scope.replies(), (Texts{"1", "1", "2"}));
}

TYPED_TEST(PlainConsumers, TheAttemptIsCounted) {
    auto& scope = this->host.open();
    scope.answer(MILLRACE_FULL);
    scope.message("attempt"), scope.redeliver();
    scope.answer(MILLRACE_TAKEN);
    scope.redeliver();
    EXPECT_EQ(scope.replies(), (Texts{"3"}));
}

TYPED_TEST(PlainConsumers, OtherAnswersAreTheHandlersToJudge) {
    auto& scope = this->host.open();
    for (const int answer : {MILLRACE_TOO_LARGE, MILLRACE_UNKNOWN, MILLRACE_NOT_ALLOWED}) {
        scope.answer(answer);
        EXPECT_EQ(scope.message("echo"), Outcome{Verdict::ack});
    }
    EXPECT_THAT(scope.commands(), ElementsAre());
}

TYPED_TEST(PlainConsumers, ClosesAfterWhatItHasSaid) {
    auto& scope = this->host.open();
    scope.message("close");
    EXPECT_EQ(scope.replies(), (Texts{"bye"}));
    ASSERT_NE(scope.closed(), nullptr);
    EXPECT_EQ(*scope.closed(), (Command{MILLRACE_CLOSE, MILLRACE_NO_PAYLOAD, 4000, "enough", ""}));
}

TYPED_TEST(PlainConsumers, HearsWhyTheScopeHasClosed) {
    auto& scope = this->host.open();
    scope.message("log");
    EXPECT_EQ(scope.disconnect(MILLRACE_REASON_IDLE), Outcome{Verdict::ack});
    EXPECT_THAT(this->host.log(), ElementsAre("a line", "reason 3"));
}

TYPED_TEST(PlainConsumers, AsksTheHostForJson) {
    auto& scope = this->host.open();
    scope.message("json");
    EXPECT_EQ(scope.replies(), (Texts{R"({"kind":"MESSAGE","order":"1","text":"json"})"}));
}

TEST(Table, SaysWhereHandlersRun) {
    EXPECT_EQ(millrace::plugin<Sync>()->consumer->mode, MILLRACE_SYNC);
    EXPECT_EQ(millrace::plugin<Inline>()->consumer->mode, MILLRACE_ASYNC);
}

struct Counter : millrace::Consumer {
    struct Shared {
        explicit Shared(const millrace::Config& config)
            : name(config.text("name")), limit(config.integer("limit", 3, {1, 9})) {
            if (name == "throw") throw std::runtime_error("cannot be configured");
        }
        void start() {
            if (name == "unstartable") throw std::runtime_error("cannot start");
            is_started = true;
        }
        void stop() { is_started = false; }

        std::string name;
        std::int64_t limit;
        bool is_started = false;
        int count = 0;
    };
    explicit Counter(Shared& shared) : shared_(shared) { log(millrace::Level::info, "opened"); }

    void on_message(const millrace::Message&) override {
        reply(shared_.name + std::to_string(++shared_.count) + (shared_.is_started ? " started" : ""));
    }

    Shared& shared_;
};

TEST(SharedState, IsOneForAllScopes) {
    Host host(millrace::plugin<Counter>(), R"({"name":"n"})");
    EXPECT_THAT(host.errors(), ElementsAre());
    auto& one = host.open();
    auto& two = host.open();
    one.message("x"), two.message("x");
    EXPECT_EQ(one.replies(), (Texts{"n1 started"}));
    EXPECT_EQ(two.replies(), (Texts{"n2 started"}));
    EXPECT_THAT(host.log(), ElementsAre("opened", "opened"));
}

TEST(SharedState, ItsConfigurationIsJudged) {
    EXPECT_THAT(Host(millrace::plugin<Counter>(), R"({"nam":1,"limit":10})").errors(),
                ElementsAre(": key `name` is missing: it needs a text", "limit: 10 is too large: at most 9",
                            "nam: unknown key `nam`; did you mean `name`?"));
    EXPECT_THAT(Host(millrace::plugin<Counter>(), R"({"name":"throw"})").errors(),
                ElementsAre(": cannot be configured"));
    EXPECT_THAT(Host(millrace::plugin<Counter>(), R"({"name":"unstartable"})").errors(), ElementsAre("cannot start"));
    EXPECT_THAT(Host(millrace::plugin<Silent>(), R"({"path":1})").errors(), ElementsAre("path: unknown key `path`"));
}

struct Unopenable : millrace::InlineConsumer {
    Unopenable() { throw std::runtime_error("no instance today"); }
};

TEST(Table, AnInstanceThatCannotBeMadeIsLogged) {
    const millrace_consumer* table = millrace::plugin<Unopenable>()->consumer;
    std::string logged;
    const millrace_host common{sizeof(common),
                               MILLRACE_ABI,
                               &logged,
                               [](void* self, std::int32_t, millrace_bytes text) {
                                   *static_cast<std::string*>(self) = millrace::detail::view(text);
                               },
                               nullptr,
                               nullptr,
                               nullptr};
    const millrace_consumer_host host{sizeof(host), 0, &common, nullptr, nullptr, nullptr, nullptr, nullptr};
    void* self = nullptr;
    void* instance = nullptr;
    ASSERT_EQ(table->create(&host, millrace::detail::bytes("{}"), nullptr, &self), MILLRACE_OK);
    EXPECT_EQ(table->open(self, {}, &instance), MILLRACE_ERROR);
    EXPECT_EQ(logged, "no instance today");
    table->destroy(self);
}

}  // namespace
