#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>

#include "bench/quantiles.hpp"
#include "bench/websocket/stream.hpp"

// One connection of the load generator that keeps a pace: sends numbered texts, and hears of each that it is settled,
// by `millrace.ack.v1` or by its echo. One thread; non-blocking after the handshake.
namespace millrace::bench {

using Clock = std::chrono::steady_clock;

// What messages of one time have come to.
struct Tally {
    Clock::time_point begin = Clock::time_point::max();  // Latencies are noted of what was due from here
    Clock::time_point end = Clock::time_point::max();    // to here.
    Quantiles latencies_us;
    std::uint64_t sent = 0;
    std::uint64_t settled = 0;
};

class Client {
  public:
    enum class Hears { acks, echoes };

    // Connects and upgrades, blocking; throws std::runtime_error. `tally` outlives it.
    Client(const char* host, std::uint16_t port, const std::string& path, Hears hears, std::size_t payload_bytes,
           Tally& tally);
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    int socket() const { return stream_.socket(); }
    std::size_t unsettled() const { return due_.size(); }

    // One more message, due at that time. It leaves with flush().
    void add(Clock::time_point due);
    void flush();
    void close();

    // Reads all that there is. Returns how many messages were settled by it. Throws where the peer ends, or says
    // something else than what is due.
    std::size_t on_ready(std::span<char> scratch);

  private:
    void handshake(const std::string& authority, const std::string& path);
    std::size_t on_text(std::string_view text, Clock::time_point now);
    std::uint64_t settled_of(std::string_view text) const;

    const Hears hears_;
    const std::size_t payload_bytes_;
    Tally& tally_;
    Stream stream_;
    std::uint64_t sent_ = 0;
    std::uint64_t settled_ = 0;
    std::deque<Clock::time_point> due_;  // Of those that are not settled.
    std::string unsent_;
    std::size_t written_ = 0;  // Of these.
    std::string rest_;         // Of a frame that is not complete.
};

}  // namespace millrace::bench
