#include "adapters/chat/irc/cursors.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "adapters/chat/irc/casemapping.hpp"

namespace millrace::chat::irc {
namespace {

constexpr std::int64_t kWriteEveryMs = 1'000;

// Before a server has said how it folds names, and whatever it says.
std::string name_of(std::string_view room) { return Casemapping().folded(room); }

std::int64_t time_of(std::string_view value) {
    std::int64_t time_us = 0;
    std::from_chars(value.data(), value.data() + value.size(), time_us);
    return std::max<std::int64_t>(time_us, 0);
}

}  // namespace

std::vector<Cursors::Recalled> Cursors::recall(const std::vector<RoomSettings>& rooms) {
    std::vector<std::string> others;
    for (const auto& cursor : ledger_.cursors()) {
        const auto is_it = [&cursor](const RoomSettings& room) { return name_of(room.name) == cursor.first; };
        if (std::ranges::none_of(rooms, is_it)) others.push_back(cursor.first);
    }
    for (const std::string& name : others) ledger_.move(name, {});
    std::vector<Recalled> recalled;
    for (const RoomSettings& room : rooms) {
        const std::string_view value = ledger_.cursor(name_of(room.name));
        if (!value.empty()) recalled.push_back({room.name, time_of(value)});
    }
    return recalled;
}

void Cursors::entered(std::string_view room, std::int64_t at_us) {
    const std::string name = name_of(room);
    if (ledger_.cursor(name).empty()) ledger_.move(name, std::to_string(at_us));
}

void Cursors::heard(std::string_view room, std::int64_t until_us, std::int64_t now_ms) {
    std::int64_t& noted = noted_[name_of(room)];
    noted = std::max(noted, until_us);
    if (!due_ms_) due_ms_ = now_ms + kWriteEveryMs;
}

void Cursors::tick(std::int64_t now_ms) {
    if (due_ms_ && *due_ms_ <= now_ms) flush();
}

void Cursors::flush() {
    due_ms_.reset();
    for (const auto& [name, until_us] : std::exchange(noted_, {})) {
        if (until_us > time_of(ledger_.cursor(name))) ledger_.move(name, std::to_string(until_us));
    }
}

}  // namespace millrace::chat::irc
