#include "adapters/smtp/reply.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <set>
#include <string>

#include "adapters/smtp/service.hpp"

namespace millrace::smtp {
namespace {

using Verdict = Settlement::Verdict;

std::string reply(const Settlement& settlement) {
    std::string out;
    append_reply(out, settlement);
    return out;
}

TEST(Reply, EachIsALineOfItsOwn) {
    const std::regex form(R"((334 .*|354 .+|([245])[0-5]\d \2\.\d\.\d{1,2} [A-Z<].*)\r\n)");
    std::set<std::string_view> lines;
    for (std::size_t i = 0; i < kReplyCount; ++i) {
        const std::string_view line = line_of(static_cast<Reply>(i));
        EXPECT_TRUE(std::regex_match(line.begin(), line.end(), form)) << line;
        EXPECT_TRUE(lines.insert(line).second) << line << " is there twice";
        EXPECT_LE(line.size(), 80u);
        EXPECT_EQ(class_of(static_cast<Reply>(i)), static_cast<unsigned>(line[0] - '0'));
    }
}

struct Case {
    Settlement settlement;
    std::string expected;
};

TEST(Reply, SaysWhatTheConsumerSays) {
    const Case cases[] = {
        {{Verdict::ack}, "250 2.0.0 Ok\r\n"},
        {{Verdict::ack, 550, "Taken"}, "250 2.0.0 Taken\r\n"},
        {{Verdict::ack, 0, "2.6.0 Taken"}, "250 2.6.0 Taken\r\n"},
        {{Verdict::ack, 0, "5.6.0 Taken"}, "250 2.0.0 5.6.0 Taken\r\n"},
        {{Verdict::retry}, "451 4.3.0 Try again later\r\n"},
        {{Verdict::retry, 450, "4.2.1 Busy"}, "450 4.2.1 Busy\r\n"},
        {{Verdict::retry, 459, ""}, "459 4.3.0 Try again later\r\n"},
        {{Verdict::retry, 460, ""}, "451 4.3.0 Try again later\r\n"},
        {{Verdict::retry, 421, "4.7.0"}, "451 4.7.0 Try again later\r\n"},
        {{Verdict::retry, 550, "No"}, "451 4.3.0 No\r\n"},
        {{Verdict::reject}, "550 5.7.1 Message refused\r\n"},
        {{Verdict::reject, 559, "5.7.26 DMARC"}, "559 5.7.26 DMARC\r\n"},
        {{Verdict::reject, 521, "No"}, "550 5.7.1 No\r\n"},
        {{Verdict::reject, 451, "No"}, "550 5.7.1 No\r\n"},
        {{Verdict::reject, 0, "5.7 No"}, "550 5.7.1 5.7 No\r\n"},
        {{Verdict::reject, 0, "5.7.1.1 No"}, "550 5.7.1 5.7.1.1 No\r\n"},
        {{Verdict::reject, 0, "5..1 No"}, "550 5.7.1 5..1 No\r\n"},
        {{Verdict::reject, 0, "5.7.1000 No"}, "550 5.7.1 5.7.1000 No\r\n"},
        {{Verdict::reject, 0, "5.7.1x"}, "550 5.7.1 5.7.1x\r\n"},
        {{Verdict::reject, 0, "  \t "}, "550 5.7.1 Message refused\r\n"},
        {{Verdict::reject, 0, "a\nb"}, "550-5.7.1 a\r\n550 5.7.1 b\r\n"},
        {{Verdict::reject, 0, "a\r\nb\r\n"}, "550-5.7.1 a\r\n550 5.7.1 b\r\n"},
        {{Verdict::reject, 0, "a\r\n250 Ok\r\n\r\nb"},
         "550-5.7.1 a\r\n550-5.7.1 250 Ok\r\n550-5.7.1 \r\n550 5.7.1 b\r\n"},
        {{Verdict::reject, 0, "a\rb\x01\x7F\xC3\xBC%n"}, "550 5.7.1 a?b????%n\r\n"},
        {{Verdict::reject, 0, std::string("a\0b", 3)}, "550 5.7.1 a?b\r\n"},
    };
    for (const Case& each : cases) EXPECT_EQ(reply(each.settlement), each.expected);
}

TEST(Reply, StaysWithinItsLines) {
    EXPECT_EQ(reply({Verdict::reject, 0, std::string(10'000, 'x')}).size(), 512u);
    const std::string many = reply({Verdict::reject, 0, "1\n2\n3\n4\n5\n6\n7\n8\n9\n10"});
    EXPECT_EQ(std::count(many.begin(), many.end(), '\n'), 8);
    EXPECT_TRUE(many.ends_with("550 5.7.1 8?9?10\r\n")) << many;
}

TEST(Service, SaysWhatItOffers) {
    Settings settings;
    settings.host = "mx.example";
    settings.has_tls = settings.has_users = true;
    const Service service(settings);
    EXPECT_EQ(service.greeting(), "220 mx.example ESMTP\r\n");
    EXPECT_EQ(service.hello(), "250 mx.example\r\n");
    const std::string both =
        "250-mx.example\r\n250-PIPELINING\r\n250-SIZE 52428800\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n"
        "250-ENHANCEDSTATUSCODES\r\n250-CHUNKING\r\n250-LIMITS MAILMAX=1000 RCPTMAX=1000\r\n";
    EXPECT_EQ(service.offer(false), both + "250 STARTTLS\r\n");
    EXPECT_EQ(service.offer(true), both + "250 AUTH PLAIN LOGIN\r\n");
}

}  // namespace
}  // namespace millrace::smtp
