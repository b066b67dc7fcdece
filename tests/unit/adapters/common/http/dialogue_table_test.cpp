#include <gtest/gtest.h>

#include <random>

#include "tests/unit/adapters/common/http/bad_requests.hpp"
#include "tests/unit/adapters/common/http/conversation.hpp"

namespace millrace::http::test {
namespace {

std::string answer_to(std::string_view bytes, std::size_t piece) {
    Conversation conversation;
    conversation.read(bytes, piece);
    return conversation.said();
}

class Table : public ::testing::TestWithParam<std::vector<Case> (*)()> {};

TEST_P(Table, AnswersExactlySo) {
    std::mt19937 random(seed());
    std::vector<Case> cases = GetParam()();
    for (const Case& each : cases) {
        EXPECT_EQ(answer_to(each.bytes, each.bytes.size()), each.answer) << each.name;
        EXPECT_EQ(answer_to(each.bytes, 1), each.answer) << each.name << ", byte by byte";
        const std::size_t piece = 2 + random() % 50;
        EXPECT_EQ(answer_to(each.bytes, piece), each.answer) << each.name << ", in pieces of " << piece;
    }
    RecordProperty("cases", static_cast<int>(cases.size()));
}

INSTANTIATE_TEST_SUITE_P(Of, Table,
                         ::testing::Values(request_lines, header_lines, lengths, codings, chunks, connections));

TEST(TableOfRequests, IsLong) {
    EXPECT_GE(request_lines().size() + header_lines().size() + lengths().size() + codings().size() + chunks().size() +
                  connections().size(),
              200u);
}

}  // namespace
}  // namespace millrace::http::test
