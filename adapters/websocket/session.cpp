#include "adapters/websocket/session.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <limits>

#include "adapters/websocket/envelope.hpp"
#include "adapters/websocket/io_thread.hpp"
#include "adapters/websocket/normalise.hpp"

namespace millrace::websocket {

namespace {

constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

// For a scope that the gateway closes.
std::uint32_t close_code(std::uint32_t reason, std::uint32_t code) {
    if (code != 0) return code;
    switch (reason) {
        case MILLRACE_REASON_DRAIN:
            return 1001;
        case MILLRACE_REASON_POLICY:
            return 1008;
        default:
            return 1000;
    }
}

constexpr std::size_t kReachMin = 16 * 1024;
constexpr std::size_t kAheadBytesMax = 16 * 1024;  // above it nothing is read from a peer that is held back

bool is_limit(std::uint32_t code) { return code == 1008 || code == 1009; }

}  // namespace

Session::Session(IoThread& thread, Socket socket, Source source, bool is_admitted)
    : Connection(thread, std::move(socket), std::move(source), is_admitted), thread_(thread),
      codec_(thread.executor(),
             {thread.settings().message_bytes_max, thread.settings().fragments_max, IoThread::kReadBytes}),
      handshake_(std::make_unique<Handshake>(thread.settings().header_bytes_max)), reach_(IoThread::kReadBytes) {}

void Session::begin() {
    if (thread_.tls_context()) begin_tls();
    thread_.wheel().schedule(*this, thread_.wheel().now_ms() + thread_.settings().handshake_timeout.count());
    thread_.due(*this);
}

// ---- In ----------------------------------------------------------------------------------------------------------

void Session::on_readable() {
    if (state_ == State::dropped || (thread_.is_quiesced() && state_ == State::open)) return;
    thread_.due(*this);
    Input input = thread_.load(kept_);
    auto room = static_cast<std::size_t>(std::max<std::ptrdiff_t>(thread_.read_end() - input.end, 0));
    room = std::min(room, reach_);
    if (is_held()) room = std::min(room, kAheadBytesMax - std::min(kAheadBytesMax, kept_.size()));
    if (room == 0) return;
    const ssize_t size = receive(input, room);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (size <= 0 && is_held()) {
        is_ahead_over_ = true;
        return;
    }
    if (size <= 0) return on_lost();
    heard_at_ms_ = thread_.wheel().now_ms();
    is_pinged_ = false;
    if (state_ != State::open || !is_held()) take(input);
    if (state_ == State::open && is_held()) codec_.take_pings(input, out_.buffer());
    if (!is_held()) reach_ = std::min(2 * reach_, IoThread::kReadBytes);
    keep(input);
}

void Session::take_kept() {
    Input input = thread_.load(kept_);
    take(input);
    if (state_ == State::open && is_held()) codec_.take_pings(input, out_.buffer());
    keep(input);
}

void Session::take(Input& input) {
    if (state_ == State::handshake) {
        const Handshake::Step step = handshake_->feed(input);
        if (step == Handshake::Step::refused) refuse(handshake_->refusal());
        if (step == Handshake::Step::ready) ask();
    }
    if (state_ == State::open) take_frames(input);
    if (state_ == State::closing && codec_.skip_to_close(input)) enter(State::finished);
    if (state_ == State::lingering || state_ == State::finished) input.begin = input.end;
}

void Session::take_frames(Input& input) {
    while (state_ == State::open && !is_held() && !thread_.is_quiesced()) {
        const std::size_t room = rate_ || acks_ ? allowed() : IoThread::kBatch;
        if (room == 0) return hold_back();
        const std::size_t count = codec_.take_whole(input, std::span(thread_.frames).first(room));
        if (count > 0 ? !submit(count, input) : !take_other(input)) return;
    }
}

// One step of what is no whole message in one frame. Returns whether to go on.
bool Session::take_other(Input& input) {
    tell_settled();
    switch (codec_.take(input, out_.buffer())) {
        case Codec::Step::need_more:
            return false;
        case Codec::Step::progress:
            return true;
        case Codec::Step::message:
            thread_.frames[0] = codec_.message();
            if (!submit(1, input)) return false;
            codec_.release();
            return true;
        case Codec::Step::closed:
            end_scope(MILLRACE_REASON_PEER, codec_.ending().code, codec_.ending().text);
            enter(State::finished);
            return false;
        case Codec::Step::failed:
            end_scope(is_limit(codec_.ending().code) ? MILLRACE_REASON_POLICY : MILLRACE_REASON_PROTOCOL_ERROR,
                      codec_.ending().code, codec_.ending().text);
            enter(State::lingering);
            return false;
    }
    return false;
}

// Offers the first `count` of the thread's frames. What the gateway does not take goes back to the input.
bool Session::submit(std::size_t count, Input& input) {
    for (std::size_t i = 0; i < count; ++i) {
        const Frame& frame = thread_.frames[i];
        thread_.submissions[i].payload_kind = frame.is_text ? MILLRACE_TEXT : MILLRACE_DATA;
        thread_.submissions[i].payload = bytes(frame.payload);
    }
    const std::size_t taken =
        acks_ ? submit_numbered(count) : thread_.host().submit(scope_, {thread_.submissions.data(), count});
    if (rate_) rate_->take(static_cast<std::int64_t>(std::min(taken, count)));
    if (taken >= count) return true;
    if (thread_.frames[taken].begin) input.begin = thread_.frames[taken].begin;
    pause();
    return false;
}

void Session::pause() {
    is_paused_ = true;
    reach_ = std::max(reach_ / 4, kReachMin);
    paused_at_ms_ = thread_.wheel().now_ms();
    thread_.wheel().schedule(*this, next_deadline_ms());
}

std::size_t Session::allowed() {
    std::size_t room = IoThread::kBatch;
    if (rate_) room = std::min(room, static_cast<std::size_t>(rate_->available(thread_.wheel().now_ms())));
    if (acks_) room = std::min(room, acks_->room());
    return room;
}

void Session::hold_back() {
    if (acks_ && acks_->room() == 0) return wait_for_settlements();
    throttle();
}

void Session::throttle() {
    is_throttled_ = true;
    thread_.count_throttled();
    thread_.wheel().schedule(*this, next_deadline_ms());
}

void Session::resume() {
    if (!is_paused_) return;
    is_paused_ = false;
    go_on();
}

// With what was kept.
void Session::go_on() {
    is_ahead_over_ = false;
    is_resumed_ = true;
    heard_at_ms_ = thread_.wheel().now_ms();
    thread_.due(*this);
}

void Session::settled(const Answer& answer) {
    if (state_ != State::asking) return;
    thread_.due(*this);
    if (answer.verdict() == MILLRACE_ACK) return accept(answer);
    scope_ = 0;
    if (answer.verdict() == MILLRACE_RETRY) return refuse(try_later("The connection cannot be accepted now."));
    refuse(refused_by_consumer(answer.code(), answer.text()));
}

// ---- Endings -----------------------------------------------------------------------------------------------------

void Session::close(std::uint32_t reason, std::uint32_t code, std::string_view text) {
    scope_ = 0;
    if (state_ == State::asking) return refuse(try_later("The gateway stops."));
    if (state_ != State::open) return;
    tell_settled();
    write_close(out_.buffer(), close_code(reason, code), text);
    enter(State::closing);
    is_resumed_ = !kept_.empty();
}

void Session::end_scope(std::uint32_t reason, std::uint32_t code, std::string_view text) {
    if (scope_ == 0) return;
    const millrace_id scope = std::exchange(scope_, 0);
    thread_.host().close(scope, reason, close_fields(code, text));
}

void Session::close_for(std::uint32_t reason, std::uint32_t code, std::string_view text) {
    end_scope(reason, code, text);
    tell_settled();
    write_close(out_.buffer(), code, text);
    enter(State::closing);
    is_resumed_ = !kept_.empty();
}

// One that waits for nothing but the peer, and not for long.
void Session::enter(State state) {
    state_ = state;
    is_paused_ = false;
    is_crowded_ = false;
    is_throttled_ = false;
    handshake_.reset();
    thread_.wheel().schedule(*this, thread_.wheel().now_ms() + thread_.settings().close_timeout.count());
    thread_.due(*this);
}

void Session::on_tls_failure(bool is_foreign) {
    end_scope(MILLRACE_REASON_PROTOCOL_ERROR, 1006, "");
    if (is_foreign) return refuse({400, "This address speaks TLS: the URL has to begin with wss://."});
    enter(State::lingering);
}

// The peer has said that nothing more comes: once all that came is taken, it hears the same.
void Session::follow_end() {
    if (state_ == State::dropped || state_ == State::asking || state_ == State::finished || is_held()) return;
    end_scope(MILLRACE_REASON_LOST, 1006, "");
    enter(State::finished);
}

void Session::on_lost() {
    end_scope(MILLRACE_REASON_LOST, 1006, "");
    drop();
}

void Session::quiesce() {
    if (state_ == State::handshake) refuse(try_later("The gateway stops."));
}

void Session::drop() {
    if (state_ == State::dropped) return;
    end_scope(MILLRACE_REASON_LOST, 1006, "");
    if (receipts_) tell_lost();
    state_ = State::dropped;
    leave();
}

// ---- Deadlines ---------------------------------------------------------------------------------------------------

void Session::on_timer() {
    const boost::intrusive_ptr<Connection> alive(this);
    thread_.due(*this);
    switch (state_) {
        case State::handshake:
            if (tls_ && !tls_->is_established()) return fail_tls("it was not made in time");
            return refuse({408, "The request did not come in time."});
        case State::open:
            return check_deadlines();
        case State::closing:
        case State::lingering:
        case State::finished:
            return drop();
        default:
            return;
    }
}

void Session::check_deadlines() {
    const std::int64_t now_ms = thread_.wheel().now_ms();
    if (is_throttled_ && now_ms >= rate_->next_ms()) {
        is_throttled_ = false;
        go_on();
    }
    const std::int64_t idle_ms = now_ms - heard_at_ms_;
    if (now_ms >= stall_deadline_ms())
        return close_for(MILLRACE_REASON_POLICY, 1013,
                         is_paused_ || is_crowded_ ? "the gateway is busy" : "the peer does not read");
    if (!is_held() && idle_ms >= thread_.settings().idle_timeout.count())
        return close_for(MILLRACE_REASON_IDLE, 1001, "nothing was heard for too long");
    if (!is_pinged_ && idle_ms >= thread_.settings().idle_timeout.count() / 2) {
        is_pinged_ = true;
        write_ping(out_.buffer());
    }
    thread_.wheel().schedule(*this, next_deadline_ms());
}

std::int64_t Session::next_deadline_ms() const {
    const std::int64_t idle_timeout_ms = thread_.settings().idle_timeout.count();
    return std::min({stall_deadline_ms(), heard_at_ms_ + (is_pinged_ ? idle_timeout_ms : idle_timeout_ms / 2),
                     is_throttled_ ? rate_->next_ms() : kNever});
}

std::int64_t Session::stall_deadline_ms() const {
    const std::int64_t since_ms =
        std::min(is_paused_ || is_crowded_ ? paused_at_ms_ : kNever, waits_to_write_ ? unsent_since_ms_ : kNever);
    return since_ms == kNever ? kNever : since_ms + thread_.settings().stall_timeout.count();
}

// ---- Out ---------------------------------------------------------------------------------------------------------

void Session::send(const Outgoing& command) {
    if (state_ != State::open) return;
    const bool is_text = command.payload_kind == MILLRACE_TEXT;
    if (is_text && acks_)
        write(is_text, enveloped(command.payload));
    else if (command.payload_kind != MILLRACE_NO_PAYLOAD)
        write(is_text, command.payload);
    out_.owe(command.payload.size() + command.body.size());
    if (command.receipt != 0) keep_receipt(command.receipt);
    thread_.due(*this);
}

void Session::write(bool is_text, std::string_view payload) {
    const auto compressed = deflate_ ? thread_.deflate().compress(*deflate_, payload) : std::nullopt;
    if (compressed)
        write_compressed(out_.buffer(), is_text, *compressed);
    else
        write_message(out_.buffer(), is_text, payload);
}

void Session::send(const SharedBytes& frame, std::uint64_t size) {
    if (state_ != State::open) return;
    out_.append(frame);
    out_.owe(size);
    thread_.due(*this);
}

void Session::turn() {
    if (state_ == State::dropped) return;
    if (!fault_.empty()) fail_acceptance();
    if (std::exchange(is_resumed_, false)) take_kept();
    if (acks_ || is_given_back_) follow_settlements();
    if (is_over_) follow_end();
    flush();
    if (state_ != State::dropped) arm();
}

void Session::flush() {
    if (!out_.write(socket_.native_handle())) return on_lost();
    const std::uint64_t credit = out_.take_credit();
    if (scope_ != 0 && credit != 0) thread_.host().written(scope_, credit);
    if (receipts_) tell_left(credit);
    if (out_.unsent() != 0) return;
    if ((state_ == State::finished || state_ == State::lingering) && !say_goodbye()) return;
    if (state_ == State::finished) return drop();
    if (state_ == State::lingering && !std::exchange(is_shut_, true)) ::shutdown(socket_.native_handle(), SHUT_WR);
}

bool Session::reads_ahead() const { return !is_ahead_over_ && kept_.size() < kAheadBytesMax; }

void Session::arm() {
    const bool is_full = out_.unsent() > thread_.settings().send_bytes_max;
    const bool takes = state_ == State::handshake || state_ == State::closing || state_ == State::lingering ||
                       (state_ == State::open && !thread_.is_quiesced() && (!is_held() || reads_ahead()));
    const bool reads = takes && !is_full;
    if (reads) wait_to_read();
    if (out_.waits_for_socket() && wait_to_write()) {
        unsent_since_ms_ = thread_.wheel().now_ms();
        if (state_ == State::open) thread_.wheel().schedule(*this, next_deadline_ms());
    }
}

}  // namespace millrace::websocket
