#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/chat/irc/casemapping.hpp"
#include "adapters/chat/irc/session_settings.hpp"

// The rooms that the configuration wants to be in, and when each is to be entered: at once, or, after a kick or a
// refusal, later each time, with jitter. It outlives connections. Not thread-safe.
namespace millrace::chat::irc {

struct WantedRoom {
    enum class State {
        out,    // To be entered at `due_ms`.
        asked,  // JOIN is on its way; without an answer until `due_ms` it is sent again.
        inside,
        refused,  // For good, until the next connection.
    };

    std::string name;
    std::string key;
    State state = State::out;
    std::int64_t due_ms = 0;
    std::int64_t entered_ms = 0;
    std::uint32_t failures = 0;
    bool was_inside = false;          // What was said since it left is missed.
    bool is_new = false;              // It is inside for the first time: history is none of its.
    std::int64_t heard_us = 0;        // The network's time of the last that was said there. 0: not known.
    std::int64_t history_ms = 0;      // Until when what was missed is waited for. 0: it is not.
    std::vector<std::string> held{};  // Lines with what is said meanwhile,
    std::size_t held_bytes = 0;       // and their bytes.
};

class WantedRooms {
  public:
    WantedRooms(const std::vector<RoomSettings>& rooms, std::uint32_t seed);

    // A connection is ready: all are to be entered now.
    void connected(std::int64_t now_ms);

    // Those that are to be entered now; they count as asked for.
    std::vector<WantedRoom*> take_due(std::int64_t now_ms);
    std::optional<std::int64_t> next_ms() const;

    // Null: it is none of these.
    WantedRoom* find(const Casemapping& casemapping, std::string_view name);

    void entered(WantedRoom& room, std::int64_t now_ms);
    // By a kick, or what is like it.
    void thrown_out(WantedRoom& room, std::int64_t now_ms);
    // A numeric that answers JOIN. False: it says nothing of entering.
    bool refused(WantedRoom& room, std::string_view numeric, std::int64_t now_ms);
    // Somebody has the power to let it in.
    void invited(WantedRoom& room, std::int64_t now_ms);

    const std::vector<WantedRoom>& all() const { return rooms_; }

    static constexpr std::int64_t kAnswerMs = 60'000;      // Until JOIN is sent again.
    static constexpr std::int64_t kKickedMs = 5'000;       // The first wait after a kick,
    static constexpr std::int64_t kRefusedMs = 30'000;     // and after a refusal;
    static constexpr std::int64_t kLongestMs = 1'800'000;  // the longest.
    static constexpr std::int64_t kPeaceMs = 600'000;      // Who was inside for so long begins anew.

  private:
    void later(WantedRoom& room, std::int64_t first_ms, std::int64_t now_ms);

    std::vector<WantedRoom> rooms_;
    std::minstd_rand random_;
};

}  // namespace millrace::chat::irc
