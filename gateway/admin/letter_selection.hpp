#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gateway/core/spool_store.hpp"

// Which dead letters somebody means: those with these ids, or all that a filter takes.
// Thread: the writer's, in a transaction.
namespace millrace::admin {

struct LetterSelection {
    std::vector<std::int64_t> ids;  // In order, each once; none: the filter says which.
    spool::DeadLetterFilter filter;
};

// Goes once over those that there were when it began, in the order in which they died; what dies meanwhile is not met.
class LetterWalk {
  public:
    // The next of them. Looks at `count` at most, so that none are no sign of the end.
    std::vector<spool::DeadLetter> next(spool::Store& store, const LetterSelection& selection, std::size_t count);

    // Another walk over the same.
    LetterWalk again() const;

    bool is_at_end() const { return is_at_end_; }
    std::string error() const;  // That there is no letter of one of the ids; empty: there were all until here.

  private:
    std::vector<spool::DeadLetter> next_ids(spool::Store& store, const std::vector<std::int64_t>& ids,
                                            std::size_t count);

    bool is_at_end_ = false;
    std::int64_t missing_ = 0;  // An id that there is no letter of.
    std::int64_t last_ = 0;     // Looked at.
    std::int64_t until_ = 0;    // The first id that it does not meet any more.
    std::size_t index_ = 0;     // In the ids.
};

}  // namespace millrace::admin
