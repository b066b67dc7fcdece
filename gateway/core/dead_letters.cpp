#include "gateway/core/dead_letters.hpp"

#include <utility>

namespace millrace {
namespace {

std::size_t size_of(const DeadLetter& letter) { return letter.message.size() + letter.text.size(); }

}  // namespace

void MemoryDeadLetters::bury(DeadLetter letter) {
    std::lock_guard lock(mutex_);
    bytes_ += size_of(letter);
    letters_.push_back(std::move(letter));
    while (letters_.size() > kLettersMax || bytes_ > kBytesMax) {
        bytes_ -= size_of(letters_.front());
        letters_.pop_front();
        ++forgotten_;
    }
}

MemoryDeadLetters::Count MemoryDeadLetters::count() const {
    std::lock_guard lock(mutex_);
    return {letters_.size(), bytes_, forgotten_};
}

std::deque<DeadLetter> MemoryDeadLetters::letters() const {
    std::lock_guard lock(mutex_);
    return letters_;
}

}  // namespace millrace
