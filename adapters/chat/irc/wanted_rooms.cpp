#include "adapters/chat/irc/wanted_rooms.hpp"

#include <algorithm>
#include <utility>

namespace millrace::chat::irc {
namespace {

// No such room, no such name, a bad mask, a bad name: trying again will not help.
constexpr std::string_view kFinal[] = {"403", "448", "476", "479"};

// Too many rooms, unavailable for now, full, for those invited, banned, a wrong key, for those with an account or over
// TLS, throttled, forwarded elsewhere.
constexpr std::string_view kForNow[] = {"405", "437", "470", "471", "473", "474", "475",
                                        "477", "480", "489", "495", "519", "520"};

}  // namespace

WantedRooms::WantedRooms(const std::vector<RoomSettings>& rooms, std::uint32_t seed) : random_(seed) {
    for (const RoomSettings& room : rooms) {
        WantedRoom& added = rooms_.emplace_back();
        added.name = room.name;
        added.key = room.key;
    }
}

void WantedRooms::connected(std::int64_t now_ms) {
    for (WantedRoom& room : rooms_) {
        room.state = WantedRoom::State::out;
        room.due_ms = now_ms;
        room.failures = 0;
    }
}

std::vector<WantedRoom*> WantedRooms::take_due(std::int64_t now_ms) {
    std::vector<WantedRoom*> due;
    for (WantedRoom& room : rooms_) {
        const bool waits = room.state == WantedRoom::State::out || room.state == WantedRoom::State::asked;
        if (!waits || room.due_ms > now_ms) continue;
        room.state = WantedRoom::State::asked;
        room.due_ms = now_ms + kAnswerMs;
        due.push_back(&room);
    }
    return due;
}

std::optional<std::int64_t> WantedRooms::next_ms() const {
    std::optional<std::int64_t> next;
    for (const WantedRoom& room : rooms_) {
        if (room.state == WantedRoom::State::out || room.state == WantedRoom::State::asked)
            next = std::min(next.value_or(room.due_ms), room.due_ms);
    }
    return next;
}

WantedRoom* WantedRooms::find(const Casemapping& casemapping, std::string_view name) {
    const auto found = std::find_if(rooms_.begin(), rooms_.end(),
                                    [&](const WantedRoom& room) { return casemapping.is_same(room.name, name); });
    return found == rooms_.end() ? nullptr : &*found;
}

void WantedRooms::entered(WantedRoom& room, std::int64_t now_ms) {
    room.state = WantedRoom::State::inside;
    room.entered_ms = now_ms;
    room.is_new = !std::exchange(room.was_inside, true);
}

void WantedRooms::thrown_out(WantedRoom& room, std::int64_t now_ms) {
    if (now_ms - room.entered_ms >= kPeaceMs) room.failures = 0;
    later(room, kKickedMs, now_ms);
}

bool WantedRooms::refused(WantedRoom& room, std::string_view numeric, std::int64_t now_ms) {
    const bool is_final = std::ranges::count(kFinal, numeric) != 0;
    if (room.state != WantedRoom::State::asked || (!is_final && std::ranges::count(kForNow, numeric) == 0))
        return false;
    if (is_final)
        room.state = WantedRoom::State::refused;
    else
        later(room, kRefusedMs, now_ms);
    return true;
}

void WantedRooms::invited(WantedRoom& room, std::int64_t now_ms) {
    if (room.state == WantedRoom::State::inside) return;
    room.state = WantedRoom::State::out;
    room.due_ms = now_ms;
}

void WantedRooms::later(WantedRoom& room, std::int64_t first_ms, std::int64_t now_ms) {
    std::int64_t wait_ms = first_ms;
    for (std::uint32_t i = 0; i < room.failures && wait_ms < kLongestMs; ++i) wait_ms *= 2;
    ++room.failures;
    wait_ms = std::min(wait_ms, kLongestMs);
    wait_ms = wait_ms / 2 + std::uniform_int_distribution<std::int64_t>(0, wait_ms / 2)(random_);
    room.state = WantedRoom::State::out;
    room.due_ms = now_ms + wait_ms;
}

}  // namespace millrace::chat::irc
