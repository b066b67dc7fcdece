#include "gateway/core/duplicates.hpp"

namespace millrace {

Duplicates::Known Duplicates::begin(std::uint32_t adapter, std::string_view id, std::int64_t now_us) {
    std::lock_guard lock(mutex_);
    make_room(now_us);
    const Key key(adapter, id);
    const auto [found, is_new] = known_.try_emplace(key);
    Known& known = found->second;
    if (is_new) order_.emplace_back(now_us, key);
    const Known before = known;
    if (before.state == Known::State::begun || before.state == Known::State::final) {
        ++answered_;
    } else {
        known.state = Known::State::begun;
    }
    return before;
}

void Duplicates::end(std::uint32_t adapter, std::string_view id, const Verdict& verdict,
                     const Settlement::Consumers& acked) {
    std::lock_guard lock(mutex_);
    const auto found = known_.find(Key(adapter, id));
    if (found == known_.end()) return;
    Known& known = found->second;
    known.acked.insert(known.acked.end(), acked.begin(), acked.end());
    known.state = verdict.verdict == MILLRACE_RETRY ? Known::State::unfinished : Known::State::final;
    known.verdict = verdict.verdict;
    known.code = verdict.code;
    known.text = verdict.text;
}

void Duplicates::forget(std::uint32_t adapter, std::string_view id) {
    std::lock_guard lock(mutex_);
    const auto found = known_.find(Key(adapter, id));
    if (found != known_.end() && found->second.state == Known::State::begun) {
        found->second.state = Known::State::unfinished;
    }
}

void Duplicates::make_room(std::int64_t now_us) {
    while (!order_.empty() && (order_.front().first + kWindow_us <= now_us || order_.size() >= kIdsMax)) {
        known_.erase(order_.front().second);
        order_.pop_front();
    }
}

std::uint64_t Duplicates::count() const {
    std::lock_guard lock(mutex_);
    return answered_;
}

}  // namespace millrace
