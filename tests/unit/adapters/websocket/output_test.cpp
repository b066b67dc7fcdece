#include "adapters/websocket/output.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <iostream>
#include <random>

namespace millrace::websocket {
namespace {

class OutputTest : public testing::Test {
  protected:
    OutputTest() { EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, sockets_), 0); }
    ~OutputTest() override {
        ::close(sockets_[0]);
        if (sockets_[1] >= 0) ::close(sockets_[1]);
    }

    std::string receive() {
        std::string text(1 << 20, '\0');
        const ssize_t size = ::recv(sockets_[1], text.data(), text.size(), MSG_DONTWAIT);
        text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
        return text;
    }

    int sockets_[2];
    BufferPool pool_;
    Output output_{pool_};
};

TEST_F(OutputTest, KeepsTheOrderOfSmallPieces) {
    for (const char* piece : {"a", "", "bc", "def"}) output_.buffer().append(piece);
    EXPECT_EQ(output_.unsent(), 6u);
    EXPECT_TRUE(output_.write(sockets_[0]));
    EXPECT_EQ(output_.unsent(), 0u);
    EXPECT_EQ(receive(), "abcdef");
}

TEST_F(OutputTest, GivesCreditOnce) {
    output_.buffer().append("head payload");
    output_.owe(7);
    output_.owe(3);
    EXPECT_EQ(output_.take_credit(), 0u);
    EXPECT_TRUE(output_.write(sockets_[0]));
    EXPECT_EQ(output_.take_credit(), 10u);
    EXPECT_EQ(output_.take_credit(), 0u);
    output_.owe(5);
    EXPECT_TRUE(output_.write(sockets_[0]));
    EXPECT_EQ(output_.take_credit(), 5u);
}

TEST_F(OutputTest, WritesWhatTheSocketTakes) {
    std::string sent;
    std::string received;
    std::uint64_t owed = 0;
    std::uint64_t credit = 0;
    for (int i = 0; i < 200; ++i) {
        const std::string piece(10'000, static_cast<char>('a' + i % 26));
        sent += piece;
        output_.buffer().append(piece);
        output_.owe(piece.size() - 2);
        owed += piece.size() - 2;
        ASSERT_TRUE(output_.write(sockets_[0]));
        credit += output_.take_credit();
        ASSERT_LE(credit, owed);
        if (i % 40 == 0) received += receive();
    }
    EXPECT_GT(output_.unsent(), 0u);
    EXPECT_LT(credit, owed);
    while (output_.unsent() != 0) {
        received += receive();
        ASSERT_TRUE(output_.write(sockets_[0]));
    }
    received += receive();
    EXPECT_TRUE(received + receive() == sent);
    EXPECT_EQ(credit + output_.take_credit(), owed);
}

TEST_F(OutputTest, SharesLargePiecesInTheirPlace) {
    const auto small = std::make_shared<const std::string>("small");
    const auto large = std::make_shared<const std::string>(5000, 'l');
    output_.append(large);
    output_.buffer().append("own");
    output_.append(small);
    output_.append(large);
    output_.append(large);
    output_.buffer().append("end");
    EXPECT_EQ(large.use_count(), 4);
    EXPECT_EQ(small.use_count(), 1);
    EXPECT_EQ(output_.unsent(), 3 * 5000u + 11u);
    EXPECT_TRUE(output_.write(sockets_[0]));
    EXPECT_EQ(output_.unsent(), 0u);
    EXPECT_EQ(large.use_count(), 1);
    EXPECT_EQ(receive(), *large + "ownsmall" + *large + *large + "end");
}

// Any mix of pieces, taken by the socket in any portions.
TEST_F(OutputTest, KeepsTheOrderOfSharedPiecesToo) {
    const std::uint32_t seed = std::random_device()();
    std::cout << "seed " << seed << "\n";
    std::minstd_rand chance(seed);
    std::string sent, received;
    std::uint64_t owed = 0, credit = 0;
    for (int i = 0; i < 2000; ++i) {
        const std::string piece(chance() % 9000, static_cast<char>('a' + i % 26));
        if (chance() % 2 == 0)
            output_.append(std::make_shared<const std::string>(piece));
        else
            output_.buffer().append(piece);
        sent += piece;
        output_.owe(piece.size());
        owed += piece.size();
        if (chance() % 4 == 0) {
            ASSERT_TRUE(output_.write(sockets_[0]));
        }
        credit += output_.take_credit();
        if (chance() % 8 == 0) received += receive();
        ASSERT_GE(owed - credit, output_.unsent());
    }
    while (output_.unsent() != 0) {
        received += receive();
        ASSERT_TRUE(output_.write(sockets_[0]));
    }
    received += receive();
    EXPECT_TRUE(received + receive() == sent);
    EXPECT_EQ(credit + output_.take_credit(), owed);
}

TEST_F(OutputTest, SaysThatTheLineIsBroken) {
    ::close(sockets_[1]);
    sockets_[1] = -1;
    output_.buffer().append("x");
    EXPECT_FALSE(output_.write(sockets_[0]));
}

TEST(BufferPool, LendsWhatWasGivenBack) {
    BufferPool pool;
    std::string buffer = pool.lend();
    buffer.assign(5000, 'x');
    const char* memory = buffer.data();
    pool.give_back(buffer);
    EXPECT_FALSE(BufferPool::is_lent(buffer));
    EXPECT_TRUE(buffer.empty());
    const std::string again = pool.lend();
    EXPECT_EQ(again.data(), memory);
    EXPECT_TRUE(again.empty());
    EXPECT_GE(again.capacity(), 5000u);
}

}  // namespace
}  // namespace millrace::websocket
