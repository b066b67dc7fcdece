#include "adapters/mqtt/keep_alive.hpp"

#include <algorithm>

namespace millrace::mqtt {

void KeepAlive::start(std::uint16_t interval_s, std::int64_t now_ms) {
    interval_ms_ = std::int64_t{interval_s} * 1000;
    sent_ms_ = received_ms_ = now_ms;
    pinged_ms_ = kNever;
    is_read_ = true;
}

void KeepAlive::received(std::int64_t now_ms) {
    received_ms_ = now_ms;
    pinged_ms_ = kNever;
}

void KeepAlive::read(bool is_read, std::int64_t now_ms) {
    if (is_read && !is_read_ && pinged_ms_ != kNever) pinged_ms_ = now_ms;
    is_read_ = is_read;
}

bool KeepAlive::take_ping(std::int64_t now_ms) {
    if (now_ms < ping_ms()) return false;
    sent_ms_ = now_ms;
    pinged_ms_ = std::min(pinged_ms_, now_ms);
    return true;
}

std::int64_t KeepAlive::ping_ms() const {
    if (interval_ms_ == 0) return kNever;
    const bool waits_for_answer = pinged_ms_ != kNever;
    return (waits_for_answer ? sent_ms_ : std::min(sent_ms_, received_ms_)) + interval_ms_ / 2;
}

std::int64_t KeepAlive::deadline_ms() const {
    const bool is_judged = interval_ms_ != 0 && is_read_ && pinged_ms_ != kNever;
    return is_judged ? pinged_ms_ + interval_ms_ : kNever;
}

std::int64_t KeepAlive::next_due_ms() const { return std::min(ping_ms(), deadline_ms()); }

}  // namespace millrace::mqtt
