#include "adapters/common/http/pending_answers.hpp"

#include <cstddef>

namespace millrace::http {
namespace {

constexpr std::size_t kCompactAt = 64;

}  // namespace

PendingAnswers::Number PendingAnswers::open(const ResponseTerms& terms, std::int64_t due_ms) {
    if (first_ == waiting_.size()) {
        waiting_.clear();
        first_ = 0;
    } else if (first_ >= kCompactAt) {
        waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(first_));
        first_ = 0;
    }
    waiting_.push_back({terms, false, due_ms});
    return first_number_ + size() - 1;
}

bool PendingAnswers::answer(Number number, const Response& response, std::string_view common_headers,
                            std::string& out) {
    if (number < first_number_ || number - first_number_ >= size()) return false;
    Waiting& waiting = waiting_[first_ + static_cast<std::size_t>(number - first_number_)];
    if (waiting.is_answered) return false;
    waiting.is_answered = true;
    if (number != first_number_) {
        write_response(waiting.answer, response, common_headers, waiting.terms);
        return true;
    }
    write_response(out, response, common_headers, waiting.terms);
    leave(waiting);
    while (!empty() && waiting_[first_].is_answered) {
        out.append(waiting_[first_].answer);
        waiting_[first_].answer = std::string();
        leave(waiting_[first_]);
    }
    return true;
}

void PendingAnswers::leave(const Waiting& waiting) {
    is_closed_ = waiting.terms.is_last;
    ++first_;
    ++first_number_;
}

}  // namespace millrace::http
