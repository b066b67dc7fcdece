#include "adapters/websocket/acks.hpp"

#include <utility>

#include "millrace/abi.h"

namespace millrace::websocket {

std::uint64_t Acks::number(std::size_t count) {
    const std::uint64_t first = settled_ + fates_.size() + 1;
    fates_.resize(fates_.size() + count, Fate::open);
    return first;
}

void Acks::take_back(std::size_t count) { fates_.resize(fates_.size() - count); }

void Acks::settle(std::uint64_t number, std::uint32_t verdict) {
    const std::uint64_t index = number - settled_ - 1;
    if (index >= fates_.size() || fates_[index] != Fate::open) return;
    if (verdict == MILLRACE_RETRY) {
        is_stuck_ = true;
        return;
    }
    fates_[index] = verdict == MILLRACE_REJECT ? Fate::rejected : Fate::acked;
    for (; !fates_.empty() && fates_.front() != Fate::open; fates_.pop_front()) {
        ++settled_;
        if (fates_.front() == Fate::rejected) rejected_.push_back(settled_);
    }
}

std::string Acks::take_text() {
    told_ = settled_;
    std::string text = R"({"ack":)" + std::to_string(told_);
    const char* before = R"(,"rejected":[)";
    for (const std::uint64_t number : rejected_) text.append(std::exchange(before, ",")).append(std::to_string(number));
    if (!rejected_.empty()) text += ']';
    rejected_.clear();
    return text += '}';
}

}  // namespace millrace::websocket
