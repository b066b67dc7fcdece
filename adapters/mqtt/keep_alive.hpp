#pragma once

#include <cstdint>

// When the broker has to hear of us, and when nothing was heard of it for too long (§3.1.2.10). It has no clock; times
// are milliseconds of one that does not go back.
namespace millrace::mqtt {

class KeepAlive {
  public:
    static constexpr std::int64_t kNever = INT64_MAX;

    // The connection is accepted. 0: neither side asks for signs of life.
    void start(std::uint16_t interval_s, std::int64_t now_ms);
    void stop() { interval_ms_ = 0; }

    void sent(std::int64_t now_ms) { sent_ms_ = now_ms; }
    void received(std::int64_t now_ms);

    // Whether the stream is read. While it is not, an answer may lie in it unseen, and the broker is not judged; it is
    // pinged all the same.
    void read(bool is_read, std::int64_t now_ms);

    // A PINGREQ is to go out: after half of the interval without a byte in either direction. Counts as sent.
    bool take_ping(std::int64_t now_ms);

    // Nothing has come for a whole interval since a PINGREQ.
    bool is_lost(std::int64_t now_ms) const { return now_ms >= deadline_ms(); }

    // When one of the two may next be true.
    std::int64_t next_due_ms() const;

  private:
    std::int64_t ping_ms() const;
    std::int64_t deadline_ms() const;

    std::int64_t interval_ms_ = 0;
    std::int64_t sent_ms_ = 0;
    std::int64_t received_ms_ = 0;
    std::int64_t pinged_ms_ = kNever;  // The first PINGREQ since something came; kNever: there is none.
    bool is_read_ = true;
};

}  // namespace millrace::mqtt
