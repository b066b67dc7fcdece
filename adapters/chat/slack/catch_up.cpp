#include "adapters/chat/slack/catch_up.hpp"

#include <algorithm>
#include <utility>

#include "adapters/common/json.hpp"

namespace millrace::chat::slack {
namespace {

constexpr std::int64_t kFirstPauseMs = 1'000;

bool is_no_room(std::string_view error) { return error == "channel_not_found" || error == "not_in_channel"; }

}  // namespace

bool CatchUp::want(const std::string& room, std::int64_t at_ms, bool if_owed) {
    if (cursors_.position(room) == 0) return false;
    const auto [found, is_new] = rooms_.try_emplace(room);
    Room& it = found->second;
    if (is_new) {
        it.at_ms = at_ms;
        it.if_owed = if_owed;
    } else if (it.state == Room::State::later) {
        const bool is_as_good = it.if_owed == if_owed;
        if (is_as_good) it.at_ms = if_owed ? std::min(it.at_ms, at_ms) : std::max(it.at_ms, at_ms);
        if (!is_as_good && !if_owed) it.at_ms = at_ms;
        it.if_owed = it.if_owed && if_owed;
    } else if (!if_owed) {
        it.again_ms = std::max(it.again_ms, at_ms);
    }
    return true;
}

bool CatchUp::holds(std::string_view room) {
    const auto found = rooms_.find(std::string(room));
    if (found == rooms_.end() || found->second.state == Room::State::later) return false;
    if (found->second.state == Room::State::waiting && !std::exchange(found->second.is_hurried, true)) {
        std::erase(line_, found->first);
        line_.push_front(found->first);
    }
    return true;
}

void CatchUp::tick(std::int64_t now_ms) {
    for (auto it = rooms_.begin(); it != rooms_.end();) {
        Room& room = it->second;
        const bool is_due = room.state == Room::State::later && room.at_ms <= now_ms;
        if (is_due && room.if_owed && !cursors_.is_owed(it->first)) {
            it = rooms_.erase(it);
            continue;
        }
        if (is_due) {
            room.state = Room::State::waiting;
            line_.push_back(it->first);
        }
        ++it;
    }
}

std::optional<CatchUp::Asking> CatchUp::next(std::int64_t now_ms) {
    while (asked_.size() < kAtOnce && !line_.empty()) {
        std::string name = std::move(line_.front());
        line_.pop_front();
        const std::uint64_t position = cursors_.position(name);
        if (position == 0) {  // It has been forgotten meanwhile.
            rooms_.erase(name);
            continue;
        }
        asked_.push_back(std::move(name));
        Room& room = rooms_[asked_.back()];
        room.state = Room::State::asked;
        room.until_ms = now_ms + kTriedForMs;
        if (room.again_ms <= now_ms) room.again_ms = 0;
        room.history.emplace(asked_.back(), position);
    }
    for (const std::string& name : asked_) {
        if (auto asking = ask(name, now_ms)) return asking;
    }
    return std::nullopt;
}

std::optional<CatchUp::Asking> CatchUp::ask(const std::string& name, std::int64_t now_ms) {
    Room& room = rooms_[name];
    if (room.is_under_way || room.at_ms > now_ms) return std::nullopt;
    Call call = room.history->call(room.tries);
    if (limits_.ready_at(call.method, now_ms) > now_ms) return std::nullopt;
    limits_.take(call.method);
    room.is_under_way = true;
    return Asking{name, std::move(call)};
}

void CatchUp::cancelled(const std::string& name, std::int64_t again_ms) {
    Room& room = rooms_[name];
    room.is_under_way = false;
    room.at_ms = again_ms;
}

std::optional<CatchUp::Found> CatchUp::take(const std::string& name, const ApiAnswer& answer, std::int64_t now_ms) {
    const auto found = rooms_.find(name);
    if (found == rooms_.end() || !found->second.is_under_way) return std::nullopt;
    Room& room = found->second;
    room.is_under_way = false;
    bool goes_on = false;
    if (answer.fate == Fate::sent) {
        room.tries = 0;
        goes_on = room.history->take(JsonView(answer.body));
    } else if (answer.fate == Fate::rejected && room.history->is_in_thread() && answer.error == "thread_not_found") {
        goes_on = room.history->skip_thread();
    } else {
        return fail(name, room, answer, now_ms);
    }
    if (goes_on) return std::nullopt;
    return end(name, room);
}

std::optional<CatchUp::Found> CatchUp::fail(const std::string& name, Room& room, const ApiAnswer& answer,
                                            std::int64_t now_ms) {
    const std::int64_t pause_ms = std::max(answer.wait_ms, kFirstPauseMs << std::min(room.tries, 5U));
    if (answer.is_limited) limits_.hold(room.history->call(0).method, now_ms + pause_ms);
    if (answer.fate == Fate::retry && now_ms + pause_ms <= room.until_ms) {
        ++room.tries;
        room.at_ms = now_ms + pause_ms;
        return std::nullopt;
    }
    Found found = end(name, room);
    found.failure = answer.text;
    found.is_gone = is_no_room(answer.error);
    return found;
}

CatchUp::Found CatchUp::end(const std::string& name, Room& room) {
    Found found{name, room.history->messages(), room.history->until_us(), room.history->is_cut()};
    const std::int64_t again_ms = room.again_ms;
    std::erase(asked_, name);
    rooms_.erase(name);
    if (again_ms != 0) rooms_[name].at_ms = again_ms;
    return found;
}

}  // namespace millrace::chat::slack
