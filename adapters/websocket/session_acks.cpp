#include <algorithm>
#include <array>

#include "adapters/websocket/io_thread.hpp"
#include "adapters/websocket/session.hpp"

// A session's part that tells the peer what is settled, where `millrace.ack.v1` was agreed on.
namespace millrace::websocket {

// Offers the first `count` of the thread's submissions, each under its number. Returns how many were taken.
std::size_t Session::submit_numbered(std::size_t count) {
    const std::uint64_t first = acks_->number(count);
    for (std::size_t i = 0; i < count; ++i) thread_.submissions[i].cookie = first + i;
    std::array<std::uint8_t, IoThread::kBatch> results;
    const std::size_t taken = std::min<std::size_t>(
        count, thread_.host().submit(scope_, {thread_.submissions.data(), count}, results.data()));
    acks_->take_back(count - taken);
    for (std::size_t i = 0; i < taken; ++i) {
        if (results[i] != MILLRACE_PENDING) acks_->settle(first + i, MILLRACE_ACK);
    }
    return taken;
}

void Session::settled(std::uint64_t cookie, std::uint32_t verdict, std::uint32_t, std::string_view) {
    if (state_ != State::open) return;
    if (!acks_) {
        is_given_back_ |= verdict == MILLRACE_RETRY;
        if (is_given_back_) thread_.due(*this);
        return;
    }
    const std::size_t room = acks_->room();
    acks_->settle(cookie, verdict);
    if (is_crowded_ && acks_->room() != room) follow_progress();
    thread_.due(*this);
}

// Who is held back has its time from the last message on that made room.
void Session::follow_progress() {
    paused_at_ms_ = thread_.wheel().now_ms();
    if (acks_->room() < Acks::kUnsettledMax / 2) return;
    is_crowded_ = false;
    go_on();
}

// Before the close frame, too.
void Session::tell_settled() {
    if (acks_ && acks_->is_due() && state_ == State::open) write_message(out_.buffer(), true, acks_->take_text());
}

// Behind a message that is given back nothing is taken, and nothing can be told: the peer is to come again with what it
// has not heard of.
void Session::follow_settlements() {
    tell_settled();
    const bool is_given_back = acks_ ? acks_->is_stuck() : is_given_back_;
    if (is_given_back && state_ == State::open)
        close_for(MILLRACE_REASON_POLICY, 1013, "a message has to be sent again");
}

void Session::wait_for_settlements() {
    is_crowded_ = true;
    paused_at_ms_ = thread_.wheel().now_ms();
    thread_.wheel().schedule(*this, next_deadline_ms());
}

}  // namespace millrace::websocket
