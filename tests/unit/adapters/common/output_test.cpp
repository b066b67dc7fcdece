#include "adapters/common/output.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <random>

#include "tests/support/certificates.hpp"
#include "tests/support/tls_client.hpp"

namespace millrace {
namespace {

class OutputTest : public ::testing::Test {
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

TEST_F(OutputTest, IsOwedNoLessThanWhatIsUnsent) {
    std::uint64_t owed = 0;
    for (int i = 0; i < 200; ++i) {
        output_.buffer().append(10'000, 'x');
        output_.owe(2'000);
        owed += 2'000;
        ASSERT_TRUE(output_.write(sockets_[0]));
        owed -= output_.take_credit();
    }
    const std::uint64_t unsent = output_.unsent();
    ASSERT_GT(unsent, owed);
    receive();
    ASSERT_TRUE(output_.write(sockets_[0]));
    EXPECT_EQ(output_.take_credit(), owed - std::min<std::uint64_t>(owed, output_.unsent()));
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

class SealedOutputTest : public OutputTest {
  protected:
    SealedOutputTest() { output_.seal_with(session_); }

    static std::shared_ptr<const TlsContext> context() {
        const millrace::testing::Certificate own = millrace::testing::make_certificate("localhost");
        TlsSettings settings{own.pem, own.key_pem, {}, "1.2"};
        return TlsContext::make(settings, Config("{}", nullptr));
    }

    void shake_hands() {
        std::string nothing;
        for (std::string said = client_.turn(nothing); !said.empty();) {
            std::string room(said.size() + TlsSession::kSlackBytes, '\0');
            char* end = room.data();
            ASSERT_EQ(session_.decrypt(said, end), TlsSession::Result::fine);
            ASSERT_TRUE(output_.write(sockets_[0]));
            said = hear();
        }
        ASSERT_TRUE(session_.is_established());
    }

    std::string hear() {
        std::string cipher = receive();
        return client_.turn(cipher);
    }

    const std::shared_ptr<const TlsContext> context_ = context();
    TlsSession session_{*context_};
    millrace::testing::TlsClient client_;
};

TEST_F(SealedOutputTest, KeepsWhatComesBeforeBothSidesHaveAgreed) {
    output_.buffer().append("early");
    output_.owe(5);
    EXPECT_TRUE(output_.write(sockets_[0]));
    EXPECT_EQ(output_.unsent(), 5u);
    EXPECT_FALSE(output_.waits_for_socket());
    EXPECT_EQ(receive(), "");
    shake_hands();
    EXPECT_EQ(client_.heard(), "early");
    EXPECT_EQ(output_.unsent(), 0u);
    EXPECT_EQ(output_.take_credit(), 5u);
}

TEST_F(SealedOutputTest, WritesWhatTheSocketTakes) {
    shake_hands();
    const auto shared = std::make_shared<const std::string>(9000, 's');
    std::string sent;
    std::uint64_t owed = 0, credit = 0;
    for (int i = 0; i < 100; ++i) {
        const std::string piece(10'000, static_cast<char>('a' + i % 26));
        output_.buffer().append(piece);
        output_.append(shared);
        sent += piece + *shared;
        output_.owe(piece.size());
        owed += piece.size();
        ASSERT_TRUE(output_.write(sockets_[0]));
        ASSERT_LE(credit += output_.take_credit(), owed);
    }
    EXPECT_TRUE(output_.waits_for_socket());
    EXPECT_LT(credit, owed);
    while (output_.unsent() != 0) {
        hear();
        ASSERT_TRUE(output_.write(sockets_[0]));
    }
    for (std::size_t before = 0; before != client_.heard().size();) {
        before = client_.heard().size();
        hear();
    }
    EXPECT_TRUE(client_.heard() == sent);
    EXPECT_EQ(credit + output_.take_credit(), owed);
}

TEST_F(SealedOutputTest, JoinsABatchInOneRecord) {
    shake_hands();
    for (int i = 0; i < 100; ++i) output_.buffer().append("a small answer");
    EXPECT_TRUE(output_.write(sockets_[0]));
    EXPECT_LT(receive().size(), 1400 + 64u);
}

TEST_F(SealedOutputTest, LetsWhatIsSealedLeaveWhenTlsIsOver) {
    shake_hands();
    const std::string large(4 << 20, 'x');
    output_.buffer().append(large);
    EXPECT_TRUE(output_.write(sockets_[0]));
    ASSERT_NE(output_.unsent(), 0u);
    output_.unseal();
    while (output_.unsent() != 0) {
        hear();
        ASSERT_TRUE(output_.write(sockets_[0]));
    }
    hear();
    EXPECT_GT(client_.heard().size(), 0u);
    EXPECT_LT(client_.heard().size(), large.size());
    output_.buffer().append("plain");
    EXPECT_TRUE(output_.write(sockets_[0]));
    EXPECT_EQ(receive(), "plain");
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
}  // namespace millrace
