#include "gateway/core/kept_states.hpp"

#include <utility>

namespace millrace {

void KeptStates::keep(std::string_view address, KeptState state, std::int64_t now_us, std::int64_t until_us) {
    expire(now_us);
    bytes_ += address.size() + state.bytes.size();
    const auto entry = entries_.emplace(until_us, Entry{std::string(address), std::move(state)});
    by_address_.emplace(entry->second.address, entry);
    evict();
}

KeptState KeptStates::take(std::string_view address, std::int64_t now_us) {
    expire(now_us);
    const auto found = by_address_.find(address);
    return found == by_address_.end() ? KeptState{} : take_out(found->second);
}

void KeptStates::expire(std::int64_t now_us) {
    while (!entries_.empty() && entries_.begin()->first <= now_us) take_out(entries_.begin());
}

void KeptStates::evict() {
    while (entries_.size() > limit_.messages || bytes_ > limit_.bytes) {
        take_out(entries_.begin());
        ++evicted_;
    }
}

KeptState KeptStates::take_out(Entries::iterator entry) {
    KeptState state = std::move(entry->second.state);
    bytes_ -= entry->second.address.size() + state.bytes.size();
    by_address_.erase(entry->second.address);
    entries_.erase(entry);
    return state;
}

}  // namespace millrace
