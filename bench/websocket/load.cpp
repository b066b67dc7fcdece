// WebSocket load generator: CONNECTIONS connections on one thread, with DEPTH messages in flight. The first half second
// is not counted.
//   echo   Each connection sends, and a new message leaves when an answer is in.
//   group  The first connection sends, and every one of them is to get each message. A new message leaves when the
//          oldest has come to all; what is counted is what comes.
// What comes is compared with what was sent, for each connection: a message that is lost, twice or in the wrong order
// ends it. Prints one JSON line; exits 1 where the server refuses or does not do its work, 2 where the arguments make
// no sense.
#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "connection.hpp"

namespace millrace::bench {
namespace {

constexpr auto kWarmUp = std::chrono::milliseconds(500);
constexpr auto kLastAnswers = std::chrono::seconds(5);
constexpr std::size_t kReadBuffer = 256 * 1024;

struct BadArguments {};

template <class Number> Number number(const char* text, Number least, Number most) {
    Number value{};
    auto [end, error] = std::from_chars(text, text + std::strlen(text), value);
    if (error != std::errc{} || *end != '\0' || value < least || value > most) throw BadArguments{};
    return value;
}

struct Arguments {
    const char* host;
    std::uint16_t port;
    std::string path;
    std::size_t connections;
    std::size_t payload;
    std::size_t depth;
    double seconds;
    bool is_group;
    bool is_tls;
};

Arguments parse(int count, char** values) {
    if (count != 10) throw BadArguments{};
    std::string work = values[8];
    if (work != "echo" && work != "group") throw BadArguments{};
    std::string scheme = values[9];
    if (scheme != "ws" && scheme != "wss") throw BadArguments{};
    return {values[1],
            number<std::uint16_t>(values[2], 1, 65535),
            values[3],
            number<std::size_t>(values[4], 1, 100'000),
            number<std::size_t>(values[5], 0, 64 << 20),
            number<std::size_t>(values[6], 1, 100'000),
            number<double>(values[7], 0.1, 3600),
            work == "group",
            scheme == "wss"};
}

double cpu_s() {
    timespec used{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

class Load {
  public:
    explicit Load(const Arguments& arguments)
        : tape_(Opcode::text, arguments.payload, arguments.depth, std::random_device{}()),
          is_group_(arguments.is_group), came_to_(arguments.depth), heard_(arguments.connections) {
        for (std::size_t i = 0; i < arguments.connections; ++i) {
            const std::size_t first_slot = is_group_ ? 0 : i % tape_.slots();
            connections_.push_back(std::make_unique<Connection>(arguments.host, arguments.port, arguments.path,
                                                                arguments.is_tls, tape_, first_slot, round_trips_us_));
            epoll_event event{EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, {.u64 = i}};
            epoll_ctl(epoll_, EPOLL_CTL_ADD, connections_.back()->socket(), &event);
        }
        for (auto& connection : connections_) connection->expect(arguments.depth, Clock::now());
        for (auto& connection : connections_) {
            connection->send(arguments.depth);
            if (is_group_) break;
        }
    }
    ~Load() { ::close(epoll_); }
    Load(const Load&) = delete;
    Load& operator=(const Load&) = delete;

    void measure(double seconds) {
        run_until(Clock::now() + kWarmUp);
        round_trips_us_ = {};
        auto start = Clock::now();
        auto cpu_start_s = cpu_s();
        run_until(start + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds)));
        took_s_ = std::chrono::duration<double>(Clock::now() - start).count();
        busy_ = (cpu_s() - cpu_start_s) / took_s_;
        measured_us_ = round_trips_us_;
        is_finishing_ = true;
        for (auto& connection : connections_) connection->finish();
        run_until(Clock::now() + kLastAnswers);
    }

    void print() const {
        std::size_t dropped = 0, unanswered = 0;
        for (const auto& connection : connections_) {
            dropped += connection->dropped();
            unanswered += connection->in_flight();
        }
        std::printf(
            "{\"messages_per_s\": %.0f, \"p50_us\": %lu, \"p99_us\": %lu, \"p999_us\": %lu, \"dropped\": %zu, "
            "\"unanswered\": %zu, \"client_busy\": %.3f}\n",
            static_cast<double>(measured_us_.count()) / took_s_, measured_us_.at(.5), measured_us_.at(.99),
            measured_us_.at(.999), dropped, unanswered, busy_);
    }

  private:
    void run_until(Clock::time_point deadline) {
        std::array<epoll_event, 256> ready;
        for (auto now = Clock::now(); now < deadline && any_open(); now = Clock::now()) {
            auto wait = std::chrono::ceil<std::chrono::milliseconds>(deadline - now);
            int n = epoll_wait(epoll_, ready.data(), ready.size(), static_cast<int>(wait.count()));
            for (int i = 0; i < n; ++i) {
                auto& event = ready[static_cast<std::size_t>(i)];
                bool peer_ended = (event.events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
                auto& connection = *connections_[event.data.u64];
                const std::size_t came = connection.on_ready(scratch_, peer_ended);
                if (is_group_)
                    note_group(event.data.u64, came);
                else if (!is_finishing_ && came > 0)
                    answer(connection, came);
            }
        }
    }

    static void answer(Connection& connection, std::size_t messages) {
        connection.expect(messages, connection.read_at());
        connection.send(messages);
    }

    // The messages in flight share as many counters, the oldest and the one that follows it the same.
    void note_group(std::size_t member, std::size_t messages) {
        for (; messages > 0; --messages) {
            std::size_t& count = came_to_[heard_[member]++ % came_to_.size()];
            if (++count < connections_.size()) continue;
            count = 0;
            if (is_finishing_) continue;
            for (auto& connection : connections_) connection->expect(1, connections_[member]->read_at());
            connections_.front()->send(1);
        }
    }

    bool any_open() const {
        for (const auto& connection : connections_)
            if (connection->open()) return true;
        return false;
    }

    Tape tape_;
    const bool is_group_;
    bool is_finishing_ = false;
    std::vector<std::size_t> came_to_;  // of each message in flight, how many connections have it
    std::vector<std::size_t> heard_;    // of each connection, how many messages it has
    Quantiles round_trips_us_;
    Quantiles measured_us_;
    double took_s_ = 0;
    double busy_ = 0;
    int epoll_ = epoll_create1(EPOLL_CLOEXEC);
    std::vector<char> scratch_ = std::vector<char>(kReadBuffer);
    std::vector<std::unique_ptr<Connection>> connections_;
};

}  // namespace
}  // namespace millrace::bench

int main(int argc, char** argv) {
    using namespace millrace::bench;
    try {
        std::signal(SIGPIPE, SIG_IGN);
        Load load(parse(argc, argv));
        load.measure(parse(argc, argv).seconds);
        load.print();
    } catch (const BadArguments&) {
        std::fprintf(stderr, "usage: ws_load HOST PORT PATH CONNECTIONS PAYLOAD DEPTH SECONDS echo|group ws|wss\n");
        return 2;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "ws_load: %s\n", error.what());
        return 1;
    }
}
