#include "adapters/chat/slack/cursors.hpp"

#include <algorithm>
#include <utility>

#include "adapters/chat/slack/timestamp.hpp"

namespace millrace::chat::slack {
namespace {

constexpr std::string_view kPrefix = "room ";
constexpr std::int64_t kWriteEveryMs = 1'000;
constexpr std::size_t kOpenMax = 4'000;  // In one room.

std::string name_of(std::string_view room) { return std::string(kPrefix).append(room); }

}  // namespace

Cursors::Cursors(Ledger& ledger) : ledger_(ledger) {
    for (const auto& [name, value] : ledger.cursors()) {
        if (name.starts_with(kPrefix)) rooms_[name.substr(kPrefix.size())].high_us = microseconds_of(value);
    }
}

std::uint64_t Cursors::Room::position() const { return open.empty() ? high_us : std::min(high_us, *open.begin() - 1); }

Cursors::Room& Cursors::find_or_make(std::string_view room, std::uint64_t at_us) {
    const auto found = rooms_.find(std::string(room));
    if (found != rooms_.end()) return found->second;
    if (rooms_.size() >= kRoomsMax) forget_silent();
    Room& made = rooms_[std::string(room)];
    made.high_us = at_us - 1;
    return made;
}

void Cursors::forget_silent() {
    const auto silent = std::ranges::min_element(rooms_, {}, [](const auto& it) { return it.second.high_us; });
    if (silent != rooms_.end()) forget(std::string(silent->first));
}

void Cursors::begin(std::string_view room, std::uint64_t at_us, std::int64_t now_ms) {
    if (at_us == 0) return;
    Room& it = find_or_make(room, at_us);
    it.owed.erase(at_us);
    if (it.open.size() < kOpenMax || at_us < *it.open.begin()) it.open.insert(at_us);
    if (at_us <= it.high_us || it.high_us + 1 == at_us) changed(room, now_ms);  // It is new, or goes back.
}

void Cursors::end(std::string_view room, std::uint64_t at_us, std::int64_t now_ms) {
    const auto found = rooms_.find(std::string(room));
    if (at_us == 0 || found == rooms_.end()) return;
    found->second.open.erase(at_us);
    found->second.owed.erase(at_us);
    found->second.high_us = std::max(found->second.high_us, at_us);
    changed(room, now_ms);
}

void Cursors::put_off(std::string_view room, std::uint64_t at_us) {
    const auto found = rooms_.find(std::string(room));
    if (found != rooms_.end() && found->second.open.contains(at_us)) found->second.owed.insert(at_us);
}

bool Cursors::is_owed(std::string_view room) const {
    const auto found = rooms_.find(std::string(room));
    return found != rooms_.end() && !found->second.owed.empty();
}

void Cursors::forgo(std::string_view room, std::uint64_t until_us, std::int64_t now_ms) {
    const auto found = rooms_.find(std::string(room));
    if (found == rooms_.end()) return;
    std::set<std::uint64_t>& owed = found->second.owed;
    const auto end = owed.upper_bound(until_us);
    for (auto it = owed.begin(); it != end; it = owed.erase(it)) {
        found->second.open.erase(*it);
        found->second.high_us = std::max(found->second.high_us, *it);
    }
    changed(room, now_ms);
}

std::uint64_t Cursors::position(std::string_view room) const {
    const auto found = rooms_.find(std::string(room));
    return found == rooms_.end() ? 0 : found->second.position();
}

std::vector<std::string> Cursors::rooms() const {
    std::vector<std::pair<std::uint64_t, std::string>> all;
    for (const auto& [name, room] : rooms_) all.emplace_back(room.high_us, name);
    std::ranges::sort(all, std::greater());
    std::vector<std::string> names;
    for (auto& [high_us, name] : all) names.push_back(std::move(name));
    return names;
}

void Cursors::forget(const std::string& room) {
    rooms_.erase(room);
    changed_.erase(room);
    ledger_.move(name_of(room), {});
}

void Cursors::changed(std::string_view room, std::int64_t now_ms) {
    changed_.emplace(room);
    if (!due_ms_) due_ms_ = now_ms + kWriteEveryMs;
}

bool Cursors::tick(std::int64_t now_ms) { return !due_ms_ || *due_ms_ > now_ms || flush(); }

bool Cursors::flush() {
    due_ms_.reset();
    bool is_written = true;
    for (const std::string& room : std::exchange(changed_, {}))
        is_written = ledger_.move(name_of(room), timestamp_of(position(room))) && is_written;
    return is_written;
}

}  // namespace millrace::chat::slack
