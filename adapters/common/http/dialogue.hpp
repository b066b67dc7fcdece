#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "adapters/common/http/limits.hpp"
#include "adapters/common/http/pending_answers.hpp"
#include "adapters/common/http/request_reader.hpp"
#include "adapters/common/input.hpp"

namespace millrace::http {

// One connection of an HTTP/1.1 server, without I/O and without a clock: bytes and answers in, requests, bytes and
// deadlines out.
//
//     open -> ending -> over -> gone
//
//     open    requests are taken
//     ending  no more are: the last one has been asked, or the server stops; answers are still owed
//     over    all is said; once it has left, the peer has a little while to read it and to end
//     gone    the connection is to be dropped
//
// Requests may be answered in any order, each once, while others come; the answers leave in order. What breaks the
// protocol or a limit gets its answer in that order too, and ends the connection.
// Errors    Everything that a peer does is answered, never thrown.
// Thread    One at a time. `limits` and `common_headers` (lines that every answer has, each with its CRLF; they may
//           change between calls) outlive it.
class Dialogue {
  public:
    using Number = PendingAnswers::Number;
    static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

    Dialogue(const Limits& limits, const std::string& common_headers, std::int64_t now_ms);

    enum class Step {
        need_more,  // All is taken that can be. What is left in the input has to be there again.
        head,       // request() is all but its body: refuse() it now, or go on.
        request,    // request() is all: number() is what it is answered by.
        held,       // Too many wait for their answers: the rest is to come again when one has it.
        over,       // Nothing is taken any more.
    };

    // Takes a step into the input, as RequestReader::read does. What the peer is told in between goes to `out`.
    Step take(Input& input, std::string& out, std::int64_t now_ms);

    const Request& request() const { return reader_.request(); }
    Number number() const { return number_; }

    // After `head`: nobody wants it. Where it has a body the connection ends, as that is not read.
    void refuse(const Refusal& refusal, std::string& out, std::int64_t now_ms);

    // Returns false, and does nothing, where it has its answer already, or the connection is over.
    bool answer(Number number, const Response& response, std::string& out, std::int64_t now_ms);
    bool answer(Number number, const Refusal& refusal, std::string& out, std::int64_t now_ms);

    // The peer has said that nothing more comes: what it has asked is still answered.
    void end_of_input();

    // Another server has the listener: the next answer is the last, and where none is owed, there is none.
    void retire();

    // The server stops: what was asked is still answered, nothing else is taken.
    void quiesce(std::string& out, std::int64_t now_ms);

    // Refuses the connection itself, in place of all that may come.
    void turn_away(const Refusal& refusal, std::string& out, std::int64_t now_ms);

    // Nothing can be said any more, and nothing that comes is heard.
    void abandon(std::int64_t now_ms);

    // After each write: how much has left, and how much has not.
    void written(std::size_t left_bytes, std::size_t unsent_bytes, std::int64_t now_ms);

    // When on_time() is to be called, or kNever; it may be called whenever.
    std::int64_t next_deadline_ms() const;
    void on_time(std::string& out, std::int64_t now_ms);

    bool is_over() const { return state_ == State::over; }
    bool is_gone() const { return state_ == State::gone; }
    // After `held`: whether what is left in the input is to come again.
    bool has_room() const { return state_ != State::open || pending_.size() < limits_.pending_max; }
    // Requests that were refused here, those by refuse() among them, and answers that were not given in time.
    std::uint64_t refusals() const { return refusals_; }
    std::uint64_t late_answers() const { return late_answers_; }

  private:
    enum class State : std::uint8_t { open, ending, over, gone };

    bool is_reading() const { return read_due_ms_ != kNever; }
    void begin_reading(std::int64_t now_ms);
    void begin_body(std::int64_t now_ms);
    bool end_reading(std::int64_t now_ms);
    void invite_body(std::string& out, std::int64_t now_ms);
    void fail(const Refusal& refusal, ResponseTerms terms, std::string& out, std::int64_t now_ms);
    void end_when_answered();
    void follow_answer(std::string& out, std::int64_t now_ms);
    void end();
    ResponseTerms terms() const;

    const Limits& limits_;
    const std::string& common_headers_;
    RequestReader reader_;
    PendingAnswers pending_;
    Number number_ = 0;
    State state_ = State::open;
    bool is_first_ = true;  // nothing has come yet
    bool is_retired_ = false;
    bool is_refused_ = false;            // the request that is coming
    bool owes_continue_ = false;         // for its body
    std::int64_t read_due_ms_ = kNever;  // of the request that is coming
    std::int64_t idle_due_ms_;           // where none is, and no answer is owed
    std::int64_t stall_due_ms_ = kNever;
    std::size_t stalled_bytes_ = 0;  // what has to have left by then
    std::int64_t close_due_ms_ = kNever;
    std::uint64_t refusals_ = 0;
    std::uint64_t late_answers_ = 0;
};

}  // namespace millrace::http
