#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/common/http/response.hpp"

namespace millrace::http {

// Requests that wait for their answers. Answers may come in any order; they leave in that of the requests.
class PendingAnswers {
  public:
    // What tells requests of one connection from each other, by their order.
    using Number = std::uint64_t;

    std::size_t size() const { return waiting_.size() - first_; }
    bool empty() const { return size() == 0; }

    // The next request, whose answer is due at `due_ms`.
    Number open(const ResponseTerms& terms, std::int64_t due_ms);

    // Nothing comes after the last one. REQUIRES: !empty().
    void close_after_last() { waiting_.back().terms.is_last = true; }

    // Appends what can leave now. False where it has its answer already, or there is no such request; then it does
    // nothing.
    bool answer(Number number, const Response& response, std::string_view common_headers, std::string& out);

    // Whether the last answer that has left is the connection's last.
    bool is_closed() const { return is_closed_; }

    // The oldest, which has no answer yet, and when that is due. REQUIRES: !empty().
    Number oldest() const { return first_number_; }
    std::int64_t due_ms() const { return waiting_[first_].due_ms; }

  private:
    struct Waiting {
        ResponseTerms terms;
        bool is_answered = false;
        std::int64_t due_ms = 0;
        std::string answer{};
    };

    void leave(const Waiting& waiting);

    std::vector<Waiting> waiting_;  // from first_ on
    std::size_t first_ = 0;
    Number first_number_ = 0;  // of the one at first_
    bool is_closed_ = false;
};

}  // namespace millrace::http
