#include "adapters/common/http/server_connection.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

namespace millrace::http {

ServerConnection::ServerConnection(ServerThread& thread, Socket socket, Source source, bool is_admitted)
    : Connection(thread, std::move(socket), std::move(source), is_admitted), thread_(thread),
      dialogue_(thread.shared().limits, thread.common_headers(), thread.wheel().now_ms()),
      client_{source_.peer.address(), source_.listener, thread.tls_context() != nullptr} {}

void ServerConnection::begin() {
    if (thread_.tls_context()) begin_tls();
    thread_.due(*this);
}

// ---- In ----------------------------------------------------------------------------------------------------------

void ServerConnection::on_readable() {
    if (is_dropped_) return;
    thread_.due(*this);
    Input input = thread_.load(kept_);
    const ssize_t size = receive(input, static_cast<std::size_t>(thread_.read_end() - input.end));
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (size < 0) return on_lost();
    if (size > 0) take(input);
    if (size == 0 || is_over_) {
        is_ended_ = true;
        if (!is_held_) dialogue_.end_of_input();
    }
    keep(input);
}

void ServerConnection::take_kept() {
    Input input = thread_.load(kept_);
    take(input);
    if (is_ended_ && !is_held_) dialogue_.end_of_input();
    keep(input);
}

void ServerConnection::take(Input& input) {
    for (;;) {
        const Dialogue::Step step = dialogue_.take(input, out_.buffer(), now_ms());
        if (step == Dialogue::Step::head) {
            identify(dialogue_.request());
            const auto refusal = thread_.on_head(dialogue_.request(), client_);
            if (refusal) dialogue_.refuse(*refusal, out_.buffer(), now_ms());
        } else if (step == Dialogue::Step::request) {
            ask();
        } else {
            is_held_ = step == Dialogue::Step::held;
            return;
        }
        if (step == Dialogue::Step::request && input.size() != 0 && !has_room()) {
            is_held_ = true;
            return;
        }
    }
}

void ServerConnection::ask() {
    const Dialogue::Number number = dialogue_.number();
    if (!thread_.shared().rates.take(client_.address, now_ms())) {
        dialogue_.answer(number, too_many_requests(1, "There are too many requests from your address."), out_.buffer(),
                         now_ms());
        return thread_.count(1, 0);
    }
    thread_.on_request(dialogue_.request(), client_, Responder(this, number));
}

// A proxy's connection is that of another client with each request.
void ServerConnection::identify(const Request& request) {
    if (!source_.is_proxied) return;
    std::vector<std::pair<std::string, std::string>> headers;
    for (const Header& each : request.headers) {
        if (is_word(each.name, "x-forwarded-for")) headers.emplace_back("x-forwarded-for", each.value);
        if (is_word(each.name, "forwarded")) headers.emplace_back("forwarded", each.value);
    }
    client_.address = thread_.trusted_proxies().client(source_.peer.address(), headers);
}

// ---- Out ---------------------------------------------------------------------------------------------------------

bool ServerConnection::answer(Dialogue::Number number, const Response& response) {
    if (is_dropped_ || !dialogue_.answer(number, response, out_.buffer(), now_ms())) return false;
    thread_.due(*this);
    return true;
}

void ServerConnection::turn() {
    if (is_dropped_) return;
    flush();
    while (!is_dropped_ && is_held_ && dialogue_.has_room() && has_room()) {
        take_kept();
        flush();
    }
    if (is_dropped_) return;
    count();
    follow_deadline();
    if (!is_ended_ && !is_held_ && has_room()) wait_to_read();
    if (out_.waits_for_socket()) wait_to_write();
}

bool ServerConnection::has_room() const { return out_.unsent() <= thread_.shared().send_bytes_max; }

void ServerConnection::flush() {
    const std::size_t before = out_.unsent();
    if (!out_.write(socket_.native_handle())) return on_lost();
    const std::size_t unsent = out_.unsent();
    dialogue_.written(before - std::min(before, unsent), unsent, now_ms());
    if (dialogue_.is_gone()) return drop();
    if (unsent != 0 || !dialogue_.is_over() || !say_goodbye() || is_dropped_) return;
    if (is_ended_) return drop();
    if (!std::exchange(is_shut_, true)) ::shutdown(socket_.native_handle(), SHUT_WR);
}

// ---- Endings -----------------------------------------------------------------------------------------------------

void ServerConnection::turn_away(Admission::Verdict why) {
    const bool is_of_all = why == Admission::Verdict::too_many;
    dialogue_.turn_away(is_of_all ? try_later("There are too many connections.")
                                  : too_many_requests(5, "There are too many connections from your address."),
                        out_.buffer(), now_ms());
}

void ServerConnection::retire() {
    dialogue_.retire();
    thread_.due(*this);
}

void ServerConnection::quiesce() {
    dialogue_.quiesce(out_.buffer(), now_ms());
    thread_.due(*this);
}

void ServerConnection::on_tls_failure(bool is_foreign) {
    if (is_foreign)
        dialogue_.turn_away({400, "This address speaks TLS: the URL has to begin with https://."}, out_.buffer(),
                            now_ms());
    else
        dialogue_.abandon(now_ms());
}

void ServerConnection::on_lost() { drop(); }

void ServerConnection::drop() {
    if (std::exchange(is_dropped_, true)) return;
    count();
    leave();
}

// ---- Deadlines ---------------------------------------------------------------------------------------------------

// Most deadlines pass by unheeded, as answers come in time: the timer stands where it is until it is too late.
void ServerConnection::follow_deadline() {
    const std::int64_t next_ms = dialogue_.next_deadline_ms();
    if (next_ms >= timer_due_ms_) return;
    timer_due_ms_ = next_ms;
    thread_.wheel().schedule(*this, next_ms);
}

void ServerConnection::on_timer() {
    timer_due_ms_ = Dialogue::kNever;
    thread_.due(*this);
    if (tls_ && !tls_->is_established() && dialogue_.next_deadline_ms() <= now_ms())
        return fail_tls("it was not made in time");
    dialogue_.on_time(out_.buffer(), now_ms());
}

void ServerConnection::count() {
    const std::uint64_t refusals = dialogue_.refusals();
    const std::uint64_t late_answers = dialogue_.late_answers();
    if (refusals == counted_refusals_ && late_answers == counted_late_answers_) return;
    thread_.count(refusals - std::exchange(counted_refusals_, refusals),
                  late_answers - std::exchange(counted_late_answers_, late_answers));
}

}  // namespace millrace::http
