// WebSocket load generator that keeps a pace, on one thread; it hears of each message that it is settled, by `acks` or
// by `echoes`. The first half second is not counted.
//   window DEPTH SECONDS   Each connection keeps DEPTH messages unsettled.
//   rate PER_S SECONDS     Messages leave at their time, whatever comes back; the time to their settlement runs from
//                          there, and one that comes late is late.
//   fill DEPTH COUNT       So many messages in all; then a JSON line, and the connections stay until stdin ends.
// Prints one JSON line; exits 1 where something else comes than what is due, 2 where the arguments make no sense.
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <memory>
#include <string>
#include <vector>

#include "client.hpp"

namespace millrace::bench {
namespace {

constexpr auto kWarmUp = std::chrono::milliseconds(500);
constexpr auto kLastAnswers = std::chrono::seconds(5);
constexpr std::size_t kReadBuffer = 64 * 1024;
constexpr std::uint64_t kStdin = UINT64_MAX;

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
    std::size_t payload_bytes;
    Client::Hears hears;
    std::string pace;
    std::size_t depth;    // Or the rate
    std::uint64_t count;  // and the seconds.
};

Arguments parse(int count, char** values) {
    if (count != 10) throw BadArguments{};
    const std::string hears = values[6], pace = values[7];
    if (hears != "acks" && hears != "echoes") throw BadArguments{};
    if (pace != "window" && pace != "rate" && pace != "fill") throw BadArguments{};
    return {values[1],
            number<std::uint16_t>(values[2], 1, 65535),
            values[3],
            number<std::size_t>(values[4], 1, 10'000),
            number<std::size_t>(values[5], 21, 125),
            hears == "acks" ? Client::Hears::acks : Client::Hears::echoes,
            pace,
            number<std::size_t>(values[8], 1, 10'000'000),
            number<std::uint64_t>(values[9], 1, 1'000'000'000)};
}

double cpu_s() {
    timespec used{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

double seconds(Clock::duration time) { return std::chrono::duration<double>(time).count(); }

class Load {
  public:
    explicit Load(const Arguments& arguments) : arguments_(arguments) {
        for (std::size_t i = 0; i < arguments.connections; ++i) {
            clients_.push_back(std::make_unique<Client>(arguments.host, arguments.port, arguments.path, arguments.hears,
                                                        arguments.payload_bytes, tally_));
            epoll_event event{EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, {.u64 = i}};
            epoll_ctl(epoll_, EPOLL_CTL_ADD, clients_.back()->socket(), &event);
        }
    }
    ~Load() { ::close(epoll_); }
    Load(const Load&) = delete;
    Load& operator=(const Load&) = delete;

    void run() {
        if (arguments_.pace == "fill")
            fill();
        else
            measure();
        for (auto& client : clients_) client->close();
    }

  private:
    void measure() {
        const auto start = Clock::now();
        tally_.begin = start + kWarmUp;
        tally_.end = tally_.begin + std::chrono::seconds(arguments_.count);
        const bool is_window = arguments_.pace == "window";
        if (is_window) open_windows();
        std::uint64_t settled = 0;
        double busy_s = 0;
        auto step = [&](Clock::time_point until) {
            if (is_window) return step_until(until, [](Clock::time_point) { return Clock::time_point::max(); });
            return step_until(until, [&](Clock::time_point now) { return send_due(start, now); });
        };
        while (Clock::now() < tally_.begin) step(tally_.begin);
        settled = tally_.settled;
        const auto began = Clock::now();
        busy_s = cpu_s();
        while (Clock::now() < tally_.end) step(tally_.end);
        const double took_s = seconds(Clock::now() - began);
        const auto rate = static_cast<double>(tally_.settled - settled) / took_s;
        busy_s = (cpu_s() - busy_s) / took_s;
        is_ending_ = true;
        wait_for_all(Clock::now() + kLastAnswers);
        print(rate, busy_s);
    }

    void fill() {
        const auto start = Clock::now();
        tally_.begin = start;
        left_ = arguments_.count;
        open_windows();
        while (tally_.settled < arguments_.count) step_until(Clock::time_point::max(), kNothingDue);
        print(static_cast<double>(arguments_.count) / seconds(Clock::now() - start), 0);
        epoll_event event{EPOLLIN, {.u64 = kStdin}};
        epoll_ctl(epoll_, EPOLL_CTL_ADD, STDIN_FILENO, &event);
        while (!has_stdin_ended_) step_until(Clock::time_point::max(), kNothingDue);
    }

    void open_windows() {
        for (auto& client : clients_) send(*client, arguments_.depth);
    }

    void send(Client& client, std::uint64_t count) {
        const auto now = Clock::now();
        count = std::min(count, left_);
        left_ -= count;
        for (; count > 0; --count) client.add(now);
        client.flush();
    }

    // Sends what is due by now, round all connections; returns when the next is.
    Clock::time_point send_due(Clock::time_point start, Clock::time_point now) {
        const double each_s = 1 / static_cast<double>(arguments_.depth);
        const std::size_t first = next_;
        auto due = [&] {
            return start + std::chrono::duration_cast<Clock::duration>(
                               std::chrono::duration<double>(static_cast<double>(next_) * each_s));
        };
        for (; due() <= now; ++next_) clients_[next_ % clients_.size()]->add(due());
        const auto touched = std::min(next_ - first, clients_.size());
        for (std::size_t i = 0; i < touched; ++i) clients_[(first + i) % clients_.size()]->flush();
        return due();
    }

    static Clock::time_point kNothingDue(Clock::time_point) { return Clock::time_point::max(); }

    // One look at the sockets, until then at most, or until `send` has something to do again.
    template <class Send> void step_until(Clock::time_point until, Send send) {
        const auto now = Clock::now();
        const auto next = std::min(until, send(now));
        const auto wait = std::clamp<std::chrono::nanoseconds>(next - now, std::chrono::nanoseconds(0),
                                                               std::chrono::milliseconds(100));
        const timespec timeout{0, static_cast<long>(wait.count())};
        const int n = epoll_pwait2(epoll_, ready_.data(), static_cast<int>(ready_.size()), &timeout, nullptr);
        for (int i = 0; i < n; ++i) {
            const auto index = ready_[static_cast<std::size_t>(i)].data.u64;
            if (index == kStdin) {
                char byte;
                has_stdin_ended_ = ::read(STDIN_FILENO, &byte, 1) <= 0;
                continue;
            }
            const auto settled = clients_[index]->on_ready(scratch_);
            if (settled > 0 && !is_ending_ && arguments_.pace != "rate") this->send(*clients_[index], settled);
        }
    }

    void wait_for_all(Clock::time_point deadline) {
        while (tally_.settled < tally_.sent && Clock::now() < deadline) step_until(deadline, kNothingDue);
    }

    void print(double rate, double busy) const {
        const Quantiles& latencies = tally_.latencies_us;
        std::printf(
            "{\"messages_per_s\": %.0f, \"p50_us\": %lu, \"p99_us\": %lu, \"p999_us\": %lu, \"sent\": %lu, "
            "\"unsettled\": %lu, \"client_busy\": %.3f}\n",
            rate, latencies.at(.5), latencies.at(.99), latencies.at(.999), tally_.sent, tally_.sent - tally_.settled,
            busy);
        std::fflush(stdout);
    }

    const Arguments arguments_;
    Tally tally_;
    std::uint64_t left_ = UINT64_MAX;  // That may still be sent.
    std::uint64_t next_ = 0;           // Of those that leave at their time.
    bool is_ending_ = false;
    bool has_stdin_ended_ = false;
    int epoll_ = epoll_create1(EPOLL_CLOEXEC);
    std::array<epoll_event, 256> ready_{};
    std::vector<char> scratch_ = std::vector<char>(kReadBuffer);
    std::vector<std::unique_ptr<Client>> clients_;
};

}  // namespace
}  // namespace millrace::bench

int main(int argc, char** argv) {
    using namespace millrace::bench;
    try {
        std::signal(SIGPIPE, SIG_IGN);
        Load(parse(argc, argv)).run();
    } catch (const BadArguments&) {
        std::fprintf(stderr,
                     "usage: ws_pace HOST PORT PATH CONNECTIONS PAYLOAD acks|echoes window|rate|fill NUMBER NUMBER\n");
        return 2;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "ws_pace: %s\n", error.what());
        return 1;
    }
}
