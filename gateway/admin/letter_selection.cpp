#include "gateway/admin/letter_selection.hpp"

#include <fmt/format.h>

#include <utility>

namespace millrace::admin {

std::vector<spool::DeadLetter> LetterWalk::next(spool::Store& store, const LetterSelection& selection,
                                                std::size_t count) {
    if (!selection.ids.empty()) return next_ids(store, selection.ids, count);
    if (until_ == 0) until_ = store.facts().totals.next_id;
    spool::LetterPage page = store.letters(selection.filter, last_, count);
    last_ = page.last;
    is_at_end_ = page.last == 0 || page.last >= until_;
    while (!page.letters.empty() && page.letters.back().id >= until_) page.letters.pop_back();
    return std::move(page.letters);
}

LetterWalk LetterWalk::again() const {
    LetterWalk walk;
    walk.until_ = until_;
    return walk;
}

std::string LetterWalk::error() const {
    return missing_ == 0 ? std::string() : fmt::format("there is no dead letter {}", missing_);
}

std::vector<spool::DeadLetter> LetterWalk::next_ids(spool::Store& store, const std::vector<std::int64_t>& ids,
                                                    std::size_t count) {
    std::vector<spool::DeadLetter> letters;
    for (; count > 0 && index_ < ids.size(); --count) {
        const std::int64_t id = ids[index_++];
        auto page = store.letters({}, id - 1, 1);
        if (page.letters.empty() || page.letters.front().id != id) {
            missing_ = id;
        } else {
            letters.push_back(std::move(page.letters.front()));
        }
    }
    is_at_end_ = index_ == ids.size();
    return letters;
}

}  // namespace millrace::admin
