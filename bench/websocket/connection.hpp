#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "bench/quantiles.hpp"
#include "stream.hpp"
#include "tape.hpp"

// One client connection of the load generator: sends messages of the tape and checks that what comes is the message
// due, in kind, whole or in fragments. One thread; non-blocking after the handshake.
namespace millrace::bench {

using Clock = std::chrono::steady_clock;

// The peer does not speak the protocol or does not echo: nothing measured on it means anything.
struct NotAnEcho : std::runtime_error {
    using std::runtime_error::runtime_error;
};

class Connection {
  public:
    // Connects and upgrades, blocking; throws std::runtime_error. `tape` and `round_trips_us` outlive it.
    Connection(const char* host, std::uint16_t port, const std::string& path, bool is_tls, const Tape& tape,
               std::size_t first_slot, Quantiles& round_trips_us);
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    int socket() const { return stream_.socket(); }
    bool open() const { return stream_.socket() >= 0; }
    bool dropped() const { return dropped_; }
    std::size_t in_flight() const { return in_flight_; }

    // The next messages of the tape are due, as they were sent at `at`.
    void expect(std::size_t messages, Clock::time_point at);
    // Sends the next messages of the tape.
    void send(std::size_t messages);
    // Handles all that has arrived, and sends what could not be sent before; `scratch` is the thread's read buffer,
    // `peer_ended` says that the peer sends no more. Call it on each edge of epoll. Returns how many messages came.
    std::size_t on_ready(std::span<char> scratch, bool peer_ended);
    Clock::time_point read_at() const { return read_at_; }
    // Closes (code 1000) when the last message due is in.
    void finish();

  private:
    void handshake(const std::string& authority, const std::string& path);
    void flush();
    bool receive(std::span<char> scratch, bool peer_ended);
    std::string_view parse(std::string_view bytes);
    std::string_view on_payload(std::string_view bytes);
    void on_answer();
    void on_control(Opcode opcode, std::string_view payload);
    void close_when_idle();

    const Tape& tape_;
    Quantiles& round_trips_us_;
    Stream stream_;
    bool dropped_ = false;
    bool finishing_ = false;
    bool close_sent_ = false;

    std::size_t next_slot_;         // the slot expected next
    std::size_t send_at_;           // where in the tape the socket's next byte is
    std::size_t unsent_bytes_ = 0;  // queued from there on
    std::string control_;           // control frames that wait for the end of a data frame
    std::vector<Clock::time_point> sent_at_;

    std::size_t due_slot_;  // the answer due next
    std::size_t in_flight_ = 0;
    std::size_t answered_ = 0;  // in this on_ready()
    Clock::time_point read_at_;
    std::string rest_;  // of a head or control frame that is not complete
    bool in_frame_ = false;
    bool final_ = false;
    bool in_message_ = false;
    std::size_t frame_left_ = 0;
    std::size_t matched_ = 0;  // payload bytes of the answer so far
};

}  // namespace millrace::bench
