#include "adapters/common/http/dialogue.hpp"

#include <algorithm>
#include <utility>

namespace millrace::http {

Dialogue::Dialogue(const Limits& limits, const std::string& common_headers, std::int64_t now_ms)
    : limits_(limits), common_headers_(common_headers), reader_(limits), idle_due_ms_(now_ms + limits.head_ms) {}

// ---- In ----------------------------------------------------------------------------------------------------------

Dialogue::Step Dialogue::take(Input& input, std::string& out, std::int64_t now_ms) {
    while (state_ == State::open) {
        if (!is_reading()) {
            if (input.size() == 0) return Step::need_more;
            if (!has_room()) return Step::held;
            begin_reading(now_ms);
        }
        switch (reader_.read(input)) {
            case RequestReader::Step::need_more:
                invite_body(out, now_ms);
                return Step::need_more;
            case RequestReader::Step::head:
                begin_body(now_ms);
                return Step::head;
            case RequestReader::Step::request:
                if (end_reading(now_ms)) return Step::request;
                break;
            case RequestReader::Step::failed:
                fail(refusal_of(reader_.fault()), {}, out, now_ms);
                break;
        }
    }
    input.begin = input.end;
    return Step::over;
}

void Dialogue::begin_reading(std::int64_t now_ms) {
    read_due_ms_ = std::exchange(is_first_, false) ? idle_due_ms_ : now_ms + limits_.head_ms;
    idle_due_ms_ = kNever;
}

void Dialogue::begin_body(std::int64_t now_ms) {
    const Framing& framing = reader_.framing();
    if (framing.has_body()) read_due_ms_ = now_ms + limits_.body_ms;
    owes_continue_ = framing.expects_continue() && framing.has_body();
}

// Returns whether anyone wants the request.
bool Dialogue::end_reading(std::int64_t now_ms) {
    read_due_ms_ = kNever;
    owes_continue_ = false;
    if (std::exchange(is_refused_, false)) {
        if (pending_.empty()) idle_due_ms_ = now_ms + limits_.idle_ms;
        return false;
    }
    number_ = pending_.open(terms(), now_ms + limits_.answer_ms);
    if (terms().is_last) state_ = State::ending;
    return true;
}

void Dialogue::invite_body(std::string& out, std::int64_t now_ms) {
    if (!owes_continue_ || !pending_.empty()) return;
    owes_continue_ = false;
    write_continue(out);
    read_due_ms_ = now_ms + limits_.body_ms;
}

// ---- Answers -----------------------------------------------------------------------------------------------------

ResponseTerms Dialogue::terms() const {
    return {request().method == "HEAD", is_retired_ || reader_.framing().is_last(), request().minor_version == 0};
}

void Dialogue::refuse(const Refusal& refusal, std::string& out, std::int64_t now_ms) {
    if (state_ != State::open) return;
    if (reader_.framing().has_body() || terms().is_last) return fail(refusal, terms(), out, now_ms);
    ++refusals_;
    is_refused_ = true;
    answer(pending_.open(terms(), kNever), refusal, out, now_ms);
}

bool Dialogue::answer(Number number, const Response& response, std::string& out, std::int64_t now_ms) {
    if (state_ == State::over || state_ == State::gone) return false;
    if (!pending_.answer(number, response, common_headers_, out)) return false;
    follow_answer(out, now_ms);
    return true;
}

bool Dialogue::answer(Number number, const Refusal& refusal, std::string& out, std::int64_t now_ms) {
    std::string body;
    return answer(number, to_response(refusal, body), out, now_ms);
}

void Dialogue::follow_answer(std::string& out, std::int64_t now_ms) {
    if (pending_.is_closed()) return end();
    if (!pending_.empty()) return;
    if (!is_reading()) idle_due_ms_ = now_ms + limits_.idle_ms;
    invite_body(out, now_ms);
}

// ---- Endings -----------------------------------------------------------------------------------------------------

// In its turn, and nothing after it.
void Dialogue::fail(const Refusal& refusal, ResponseTerms terms, std::string& out, std::int64_t now_ms) {
    ++refusals_;
    state_ = State::ending;
    read_due_ms_ = idle_due_ms_ = kNever;
    terms.is_last = true;
    answer(pending_.open(terms, kNever), refusal, out, now_ms);
}

void Dialogue::end_when_answered() {
    if (pending_.empty()) return end();
    state_ = State::ending;
    read_due_ms_ = idle_due_ms_ = kNever;
    pending_.close_after_last();
}

void Dialogue::end_of_input() {
    if (state_ == State::open) end_when_answered();
}

// Who has not said anything yet is about to.
void Dialogue::retire() {
    is_retired_ = true;
    if (state_ == State::open && !is_reading() && !is_first_) end_when_answered();
}

void Dialogue::quiesce(std::string& out, std::int64_t now_ms) {
    if (state_ != State::open) return;
    if (is_reading()) return fail(try_later("The gateway stops."), {}, out, now_ms);
    end_when_answered();
}

void Dialogue::turn_away(const Refusal& refusal, std::string& out, std::int64_t now_ms) {
    if (state_ != State::open) return;
    fail(refusal, {}, out, now_ms);
    close_due_ms_ = now_ms + limits_.close_ms;
}

void Dialogue::abandon(std::int64_t now_ms) {
    if (state_ == State::gone) return;
    end();
    close_due_ms_ = now_ms + limits_.close_ms;
}

void Dialogue::end() {
    state_ = State::over;
    read_due_ms_ = idle_due_ms_ = kNever;
}

// ---- Deadlines ---------------------------------------------------------------------------------------------------

void Dialogue::written(std::size_t left_bytes, std::size_t unsent_bytes, std::int64_t now_ms) {
    if (unsent_bytes == 0) {
        stall_due_ms_ = kNever;
        if (state_ == State::over && close_due_ms_ == kNever) close_due_ms_ = now_ms + limits_.close_ms;
    } else if (stall_due_ms_ == kNever || left_bytes >= stalled_bytes_) {
        stalled_bytes_ = unsent_bytes;
        stall_due_ms_ = now_ms + limits_.stall_ms;
    } else {
        stalled_bytes_ -= left_bytes;
    }
}

std::int64_t Dialogue::next_deadline_ms() const {
    const std::int64_t answer_due_ms = pending_.empty() ? kNever : pending_.due_ms();
    return std::min({read_due_ms_, idle_due_ms_, stall_due_ms_, close_due_ms_, answer_due_ms});
}

void Dialogue::on_time(std::string& out, std::int64_t now_ms) {
    if (std::min(stall_due_ms_, close_due_ms_) <= now_ms) state_ = State::gone;
    if (state_ == State::gone) return;
    if (idle_due_ms_ <= now_ms) return end();
    if (read_due_ms_ <= now_ms) fail(refusal_of(Fault::late), {}, out, now_ms);
    while (!pending_.empty() && pending_.due_ms() <= now_ms) {
        ++late_answers_;
        answer(pending_.oldest(), try_later("The answer was not ready in time."), out, now_ms);
    }
}

}  // namespace millrace::http
