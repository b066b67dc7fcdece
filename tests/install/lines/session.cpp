#include "session.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "codec.hpp"
#include "fault.hpp"

namespace lines {
namespace {

constexpr std::size_t kBatch = 64;
constexpr std::size_t kUnsettledMax = 1024;
constexpr std::string_view kYes = "\x06", kNo = "\x15no ", kLater = "\x15later";

}  // namespace

Session::Session(millrace::AdapterHost host, const Settings& settings, int socket)
    : host_(host), settings_(settings), socket_(socket) {}

Session::~Session() { ::close(socket_); }

void Session::ask(millrace_loop* loop, const std::string& key) {
    loop_ = loop;
    millrace_id id = 0;
    const std::string name = has(Fault::has_one_key_for_all) ? "line" : key;
    const std::int32_t answer = host_.open(loop, *this, {name, {}, {}, settings_.send_bytes_max}, &id);
    if (answer != MILLRACE_OPENED) return begin_to_close();
    if (state_ == State::asking || state_ == State::open) id_ = id;
    if (has(Fault::listens_before_the_answer)) state_ = State::open;
}

void Session::settled(const millrace::Answer& answer) {
    if (answer.verdict() == MILLRACE_ACK) {
        state_ = State::open;
        for (std::uint32_t i = 0; i < answer.reply_count(); ++i) send(answer.reply(i));
        return;
    }
    id_ = 0;
    if (!answer.text().empty()) out_.add(answer.text());
    begin_to_close();
}

void Session::on_event(bool is_broken) {
    if (is_broken) return drop(MILLRACE_REASON_LOST);
    if (wants_to_read()) read();
}

void Session::read() {
    char buffer[64 * 1024];
    const ssize_t size = ::recv(socket_, buffer, sizeof buffer, MSG_DONTWAIT);
    if (size < 0 && errno == EAGAIN) return;
    if (size < 0) return drop(MILLRACE_REASON_LOST);
    if (size == 0) return drop(MILLRACE_REASON_PEER);
    if (state_ == State::closing) return;
    heard_at_ = Clock::now();
    in_.append(buffer, static_cast<std::size_t>(size));
    take_lines();
}

void Session::take_lines() {
    while (state_ == State::open && !is_paused_ && !is_draining_) {
        std::string_view rest = in_;
        std::vector<std::string_view> lines;
        while (lines.size() < kBatch) {
            const auto line = take_line(rest);
            if (!line) break;
            if (line->size() > settings_.line_bytes_max) return drop(MILLRACE_REASON_POLICY);
            if (!is_utf8(*line)) return drop(MILLRACE_REASON_PROTOCOL_ERROR);
            lines.push_back(*line);
        }
        if (lines.empty() && rest.size() > settings_.line_bytes_max) return drop(MILLRACE_REASON_POLICY);
        if (lines.empty() || !submit(lines)) return;
        in_.erase(0, in_.size() - rest.size());
    }
}

// Offers them. What the gateway does not take stays in `in_`; then it is false.
bool Session::submit(const std::vector<std::string_view>& lines) {
    std::vector<millrace_submission> events;
    for (const std::string_view line : lines) {
        if (settings_.confirm) unsettled_.push_back({next_cookie_, {}});
        events.push_back({sizeof(millrace_submission), MILLRACE_TEXT, millrace::bytes(line), {}, next_cookie_++});
    }
    std::vector<std::uint8_t> results(events.size());
    const std::size_t taken = host_.submit(id_, events, results.data());
    for (std::size_t i = taken; settings_.confirm && i < lines.size(); ++i) unsettled_.pop_back();
    for (std::size_t i = 0; i < taken; ++i) {
        if (results[i] == MILLRACE_SETTLED) settled(events[i].cookie, MILLRACE_ACK, 0, {});
        const bool is_nowhere = results[i] == MILLRACE_NOWHERE && !has(Fault::says_nothing_where_nobody_takes_it);
        if (is_nowhere) settled(events[i].cookie, MILLRACE_REJECT, 0, "nobody takes it");
    }
    if (has(Fault::says_yes_before_the_consumer)) {
        for (Unsettled& message : unsettled_) message.outcome = kYes;
        tell_outcomes();
    }
    if (taken == lines.size()) return true;
    is_paused_ = !has(Fault::submits_when_full);
    if (has(Fault::forgets_the_rest_when_full)) return true;
    in_.erase(0, static_cast<std::size_t>(lines[taken].data() - in_.data()));
    if (has(Fault::reorders_after_resume) && in_.ends_with('\n'))
        std::rotate(in_.begin(), in_.begin() + static_cast<std::ptrdiff_t>(in_.find('\n')) + 1, in_.end());
    return false;
}

void Session::send(const millrace::Outgoing& command) {
    out_.add(command.payload, {command.payload.size() + command.body.size(), command.receipt});
}

void Session::settled(std::uint64_t cookie, std::uint32_t verdict, std::uint32_t, std::string_view text) {
    const auto it = std::find_if(unsettled_.begin(), unsettled_.end(),
                                 [cookie](const Unsettled& message) { return message.cookie == cookie; });
    if (it == unsettled_.end()) return;
    if (verdict == MILLRACE_ACK)
        it->outcome = kYes;
    else
        it->outcome = verdict == MILLRACE_RETRY ? std::string(kLater) : std::string(kNo).append(text);
    if (has(Fault::tells_outcomes_as_they_settle)) std::rotate(unsettled_.begin(), it, it + 1);
    tell_outcomes();
}

// In the order of the messages, which is how the peer knows them.
void Session::tell_outcomes() {
    for (; !unsettled_.empty() && unsettled_.front().outcome; unsettled_.pop_front()) {
        out_.add(*unsettled_.front().outcome);
        if (has(Fault::tells_outcome_twice)) out_.add(*unsettled_.front().outcome);
    }
}

void Session::close(std::uint32_t, std::uint32_t, std::string_view text) {
    id_ = 0;
    if (!text.empty()) out_.add(text);
    begin_to_close();
}

// What the peer still says is read and forgotten: closing with bytes unread would take back what was sent.
void Session::begin_to_close() {
    state_ = State::closing;
    heard_at_ = Clock::now();
}

void Session::drop(std::uint32_t reason) {
    if (state_ == State::gone) return;
    state_ = State::gone;
    while (const auto owed = out_.take(true)) {
        if (owed->receipt != 0) host_.outcome(loop_, owed->receipt, MILLRACE_LOST);
    }
    if (reason == MILLRACE_REASON_LOST && has(Fault::loses_a_close_reason)) return;
    if (id_ != 0) host_.close(std::exchange(id_, 0), reason, {});
}

void Session::tell_left() {
    std::uint64_t written = 0;
    while (const auto owed = out_.take()) {
        written += owed->size * (has(Fault::accounts_twice) ? 2 : 1);
        if (owed->receipt != 0 && !has(Fault::forgets_who_asks)) host_.outcome(loop_, owed->receipt, MILLRACE_SENT);
    }
    if (id_ != 0 && written != 0) host_.written(id_, written);
}

bool Session::wants_to_read() const {
    if (state_ == State::closing) return true;
    return state_ == State::open && !is_paused_ && !is_draining_ && unsettled_.size() < kUnsettledMax;
}

void Session::turn(bool is_draining) {
    is_draining_ = is_draining && !has(Fault::reads_while_draining);
    take_lines();
    if (state_ == State::gone) return;
    if (!out_.flush(socket_)) return drop(MILLRACE_REASON_LOST);
    tell_left();
    if (state_ == State::closing && out_.is_empty()) ::shutdown(socket_, SHUT_WR);
    const bool is_late = Clock::now() - heard_at_ > settings_.idle_timeout;
    if (is_late && !is_paused_ && state_ != State::asking) drop(MILLRACE_REASON_IDLE);
}

}  // namespace lines
