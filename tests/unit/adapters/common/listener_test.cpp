#include "adapters/common/listener.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <chrono>

#include "adapters/common/admission.hpp"

namespace millrace {
namespace {

namespace net = boost::asio;
using namespace std::chrono_literals;

TEST(Endpoint, IsAnAddressAndAPort) {
    for (const char* text : {"127.0.0.1:0", "0.0.0.0:80", "[::1]:8080", "[::]:65535"}) {
        const std::optional<Endpoint> endpoint = parse_endpoint(text);
        ASSERT_TRUE(endpoint) << text;
        EXPECT_EQ(to_text(*endpoint), text);
    }
    for (const char* text :
         {"", ":", ":80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:8x", "127.0.0.1: 80",
          "::1:80", "[127.0.0.1]:80", "[]:80", "localhost:80", "*:80", "1.2.3:80"})
        EXPECT_FALSE(parse_endpoint(text)) << text;
}

net::ip::address address(const char* text) { return net::ip::make_address(text); }

TEST(Admission, CountsInAllAndByAddress) {
    using Verdict = Admission::Verdict;
    Admission admission(4, 2);
    EXPECT_EQ(admission.enter(address("192.0.2.1")), Verdict::admitted);
    EXPECT_EQ(admission.enter(address("::ffff:192.0.2.1")), Verdict::admitted);
    EXPECT_EQ(admission.enter(address("192.0.2.1")), Verdict::too_many_of_address);
    EXPECT_EQ(admission.enter(address("2001:db8::1")), Verdict::admitted);
    EXPECT_EQ(admission.enter(address("2001:db8::ffff")), Verdict::admitted);
    EXPECT_EQ(admission.enter(address("192.0.2.2")), Verdict::too_many);
    admission.leave(address("192.0.2.1"));
    EXPECT_EQ(admission.enter(address("2001:db8::2")), Verdict::too_many_of_address);
    EXPECT_EQ(admission.enter(address("2001:db8:0:1::")), Verdict::admitted);
    admission.leave(address("192.0.2.1"));
    EXPECT_EQ(admission.enter(address("192.0.2.1")), Verdict::admitted);
}

TEST(Listener, RefusesAnAddressThatIsTaken) {
    net::io_context io;
    Listener first(io, *parse_endpoint("127.0.0.1:0"), false);
    first.listen();
    EXPECT_NE(first.endpoint().port(), 0);
    Listener shared(io, first.endpoint(), true);
    shared.listen();
    try {
        Listener other(io, first.endpoint(), false);
        ADD_FAILURE() << "two programs have one address";
    } catch (const std::runtime_error& error) {
        EXPECT_EQ(error.what(), "cannot listen on " + to_text(first.endpoint()) + ": Address already in use");
    }
}

int option(Socket& socket, int name) {
    int value = 0;
    socklen_t size = sizeof value;
    EXPECT_EQ(::getsockopt(socket.native_handle(), SOL_SOCKET, name, &value, &size), 0);
    return value;
}

TEST(Listener, GivesAConnectionLittleRoomAndMoreWhereItIsRead) {
    net::io_context io;
    Listener listener(io, *parse_endpoint("127.0.0.1:0"), false);
    listener.listen();
    std::optional<Socket> accepted;
    listener.start([&](Socket socket, const Endpoint&) { accepted = std::move(socket); }, [](const std::string&) {});
    net::ip::tcp::socket peer(io);
    peer.connect(listener.endpoint());
    while (!accepted) io.run_one_for(10s);
    const int first = option(*accepted, SO_RCVBUF);
    EXPECT_LE(first, 64 * 1024);

    peer.non_blocking(true);
    accepted->non_blocking(true);
    std::vector<char> bytes(1024 * 1024);
    boost::system::error_code full;
    for (const auto until = std::chrono::steady_clock::now() + 10s;
         option(*accepted, SO_RCVBUF) == first && std::chrono::steady_clock::now() < until;) {
        peer.write_some(net::buffer(bytes), full);
        accepted->read_some(net::buffer(bytes), full);
    }
    EXPECT_GT(option(*accepted, SO_RCVBUF), first);
    listener.close();
    io.run();
}

class DescriptorLimit {
  public:
    DescriptorLimit() { ::getrlimit(RLIMIT_NOFILE, &before_); }
    ~DescriptorLimit() { lift(); }
    void set(rlim_t count) {
        const rlimit limit{count, before_.rlim_max};
        ::setrlimit(RLIMIT_NOFILE, &limit);
    }
    void lift() { ::setrlimit(RLIMIT_NOFILE, &before_); }

  private:
    rlimit before_{};
};

// The number that the next descriptor gets.
rlim_t next_descriptor(net::io_context& io) {
    net::ip::tcp::socket probe(io, net::ip::tcp::v4());
    return static_cast<rlim_t>(probe.native_handle());
}

TEST(Listener, RestsWithoutDescriptorsAndGoesOn) {
    net::io_context io;
    Listener listener(io, *parse_endpoint("127.0.0.1:0"), false);
    listener.listen();
    int accepted = 0;
    std::vector<std::string> troubles;
    std::vector<Socket> sockets;
    listener.start(
        [&](Socket socket, const Endpoint& peer) {
            ++accepted;
            EXPECT_EQ(peer.address(), address("127.0.0.1"));
            sockets.push_back(std::move(socket));
        },
        [&](const std::string& text) { troubles.push_back(text); });
    net::ip::tcp::socket first(io);
    net::ip::tcp::socket second(io);
    first.connect(listener.endpoint());
    while (accepted < 1) io.run_one_for(10s);

    second.connect(listener.endpoint());
    DescriptorLimit limit;
    limit.set(next_descriptor(io));
    int turns = 0;
    for (const auto until = std::chrono::steady_clock::now() + 350ms; std::chrono::steady_clock::now() < until; ++turns)
        io.run_one_until(until);
    EXPECT_EQ(accepted, 1);
    EXPECT_LT(turns, 20);
    EXPECT_EQ(troubles, std::vector<std::string>{"cannot take connections on " + to_text(listener.endpoint()) +
                                                 ": Too many open files; trying again"});
    limit.lift();
    for (const auto until = std::chrono::steady_clock::now() + 10s;
         accepted < 2 && std::chrono::steady_clock::now() < until;)
        io.run_one_until(until);
    EXPECT_EQ(accepted, 2);
    listener.close();
    sockets.clear();
    io.run();
}

}  // namespace
}  // namespace millrace
