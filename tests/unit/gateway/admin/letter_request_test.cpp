#include "gateway/admin/letter_request.hpp"

#include "tests/unit/gateway/admin/letters_fixture.hpp"

namespace millrace::admin {
namespace {

Config config() {
    Config config;
    config.consumers.emplace_back().name = "billing";
    return config;
}

constexpr std::int64_t kNowUs = 1'700'000'000'000'000;

auto read(const std::string& request) {
    return read_letter_request(boost::json::parse(request).as_object(), config(), kNowUs);
}

TEST(LetterRequest, IsRead) {
    for (const char* request : {
             R"({"do":"dlq","command":"list"})",
             R"({"do":"dlq","command":"list","route":"a","reason":"b","consumer":"c","code":0,"since":"2h"})",
             R"({"do":"dlq","command":"stats","since":"2026-11-29T12:00:00Z"})",
             R"({"do":"dlq","command":"export","ids":[3,1,3]})",
             R"({"do":"dlq","command":"show","ids":[3]})",
             R"({"do":"dlq","command":"requeue"})",
             R"({"do":"dlq","command":"requeue","to":"billing","rate":"100/s","limit":5,"dry_run":true})",
             R"({"do":"dlq","command":"drop","all":true})",
             R"({"do":"dlq","command":"drop","code":4294967295})",
         }) {
        const auto command = read(request);
        EXPECT_TRUE(command) << request << command.error().text;
    }
}

TEST(LetterRequest, NumbersMayBeOfEitherSign) {
    for (const std::uint64_t number : {std::uint64_t{7}, std::uint64_t{UINT64_MAX}}) {
        const boost::json::object request{{"command", "requeue"}, {"limit", number}};
        EXPECT_EQ(read_letter_request(request, config(), kNowUs).has_value(), number == 7);
    }
}

TEST(LetterRequest, WhatIsWrongIsSaid) {
    struct Case {
        const char* request;
        const char* error;
    };
    const char* const both = "dead letters are named by their ids or by a filter, not by both";
    const char* const drop = "drop has to be told which: ids, a filter, or --all";
    const char* const code = "code is a whole number";
    const char* const rate = "rate is how many a second, 1/s to 1000000/s";
    const char* const limit = "limit is a number of dead letters, 1 at least";
    const char* const requeue = "to, rate, limit and dry_run are of requeue alone";
    const Case cases[] = {
        {R"({"do":"dlq"})", "dlq needs a 'command'"},
        {R"({"command":7})", "dlq needs a 'command'"},
        {R"({"command":"burn"})", R"(there is no command "burn" for dead letters)"},
        {R"({"command":"list","colour":"red"})", R"(there is no key "colour")"},
        {R"({"command":"list","ids":[]})", "ids is a list of numbers"},
        {R"({"command":"list","ids":7})", "ids is a list of numbers"},
        {R"({"command":"list","ids":["7"]})", R"("7" is no id of a dead letter)"},
        {R"({"command":"list","ids":[0]})", "0 is no id of a dead letter"},
        {R"({"command":"list","ids":[-1]})", "-1 is no id of a dead letter"},
        {R"({"command":"list","ids":[18446744073709551615]})", "18446744073709551615 is no id of a dead letter"},
        {R"({"command":"list","ids":[1],"route":"a"})", both},
        {R"({"command":"list","route":"a","ids":[1]})", both},
        {R"({"command":"list","route":7})", "route is a text"},
        {R"({"command":"list","since":7})", "since is a text"},
        {R"({"command":"list","code":"7"})", code},
        {R"({"command":"list","code":-1})", code},
        {R"({"command":"list","code":4294967296})", code},
        {R"({"command":"list","code":1.5})", code},
        {R"({"command":"list","since":"noon"})",
         R"(since: "noon" is no time: write 2026-11-29T12:00:00Z, or how long ago it is: 30m, 2h, 7d)"},
        {R"({"command":"list","limit":7})", requeue},
        {R"({"command":"drop","all":true,"dry_run":true})", requeue},
        {R"({"command":"show"})", "show needs the id of one dead letter"},
        {R"({"command":"show","ids":[1,2]})", "show needs the id of one dead letter"},
        {R"({"command":"drop"})", drop},
        {R"({"command":"drop","all":false})", drop},
        {R"({"command":"drop","all":1})", "all is true or false"},
        {R"({"command":"requeue","dry_run":"yes"})", "dry_run is true or false"},
        {R"({"command":"requeue","to":7})", "to is the name of a consumer"},
        {R"({"command":"requeue","to":"biling"})", R"(to: the configuration has no consumer "biling")"},
        {R"({"command":"requeue","rate":100})", rate},
        {R"({"command":"requeue","rate":"100"})", rate},
        {R"({"command":"requeue","rate":"0/s"})", rate},
        {R"({"command":"requeue","rate":"-1/s"})", rate},
        {R"({"command":"requeue","rate":"1000001/s"})", rate},
        {R"({"command":"requeue","rate":"99999999999999999999/s"})", rate},
        {R"({"command":"requeue","limit":0})", limit},
        {R"({"command":"requeue","limit":"5"})", limit},
    };
    for (const Case& each : cases) {
        const auto command = read(each.request);
        ASSERT_FALSE(command) << each.request;
        EXPECT_EQ(command.error().text, each.error) << each.request;
    }
}

class LetterRequestOnLetters : public LettersTest {};

TEST_F(LetterRequestOnLetters, ChoosesByWhatItSays) {
    bury("0");
    bury("1");
    const auto all = ids();
    const auto list = [&](const std::string& keys) {
        const auto command = read_letter_request(
            boost::json::parse(R"({"do":"dlq","command":"list")" + keys + "}").as_object(), config(), clock_.now_us());
        return run(**command).lines.size();
    };
    EXPECT_EQ(list(""), 2u);
    EXPECT_EQ(list(R"(,"since":"1s")"), 1u);
    EXPECT_EQ(list(R"(,"since":"2s")"), 2u);
    EXPECT_EQ(list(R"(,"since":"2023-11-14T22:13:22Z")"), 1u);
    EXPECT_EQ(list(R"(,"code":422,"route":"orders","reason":"rejected","consumer":"billing")"), 2u);
    EXPECT_EQ(list(R"(,"code":0)"), 0u);
    EXPECT_EQ(list(",\"ids\":[" + std::to_string(all[1]) + "," + std::to_string(all[1]) + "]"), 1u);
}

}  // namespace
}  // namespace millrace::admin
