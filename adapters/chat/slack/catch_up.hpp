#pragma once

#include <boost/json/value.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "adapters/chat/slack/cursors.hpp"
#include "adapters/chat/slack/method_limits.hpp"
#include "adapters/chat/slack/room_history.hpp"
#include "adapters/chat/slack/web_api.hpp"

// Which rooms are asked what was said while nobody listened, and when: each back to where its cursor stands, two at a
// time, as fast as the methods may be called; one in which somebody talks has its turn first.
//
// Without I/O. Times are ms of any clock that does not go back. Not thread-safe.
namespace millrace::chat::slack {

class CatchUp {
  public:
    static constexpr std::size_t kAtOnce = 2;
    static constexpr std::int64_t kTriedForMs = 300'000;  // A room, once it is asked.

    // What has come of a room.
    struct Found {
        std::string room;
        std::vector<boost::json::value> messages{};  // As Slack has them, the oldest first.
        std::uint64_t until_us = 0;                  // Of the latest.
        bool is_cut = false;                         // There were more, before them or in threads.
        std::string failure{};                       // For people: nothing can be had. Empty: it can.
        bool is_gone = false;                        // Then: as the gateway is not in the room.
    };
    struct Asking {
        std::string room;
        Call call;
    };

    CatchUp(const Cursors& cursors, MethodLimits& limits) : cursors_(cursors), limits_(limits) {}

    // Not before `at_ms`; `if_owed`: where by then something is owed. False: nothing is known of the room.
    bool want(const std::string& room, std::int64_t at_ms, bool if_owed);

    // Whether what happens there now is to wait for what was said before; then it is asked for sooner.
    bool holds(std::string_view room);

    // A call to be made now; nothing: none may be. take() or cancelled() follows.
    std::optional<Asking> next(std::int64_t now_ms);
    // Nothing: there is more to ask.
    std::optional<Found> take(const std::string& room, const ApiAnswer& answer, std::int64_t now_ms);
    void cancelled(const std::string& room, std::int64_t again_ms);

    // Time has passed.
    void tick(std::int64_t now_ms);
    bool is_idle() const { return rooms_.empty(); }

  private:
    struct Room {
        enum class State { later, waiting, asked };

        State state = State::later;
        std::int64_t at_ms = 0;  // When it, or its next page, may be asked for.
        bool if_owed = false;
        bool is_hurried = false;
        std::optional<RoomHistory> history{};  // Once it is asked.
        std::int64_t again_ms = 0;             // Not 0: it is wanted once more, then.
        bool is_under_way = false;
        std::int64_t until_ms = 0;  // So long it is tried.
        unsigned tries = 0;
    };

    std::optional<Asking> ask(const std::string& name, std::int64_t now_ms);
    std::optional<Found> fail(const std::string& name, Room& room, const ApiAnswer& answer, std::int64_t now_ms);
    Found end(const std::string& name, Room& room);

    const Cursors& cursors_;
    MethodLimits& limits_;
    std::unordered_map<std::string, Room> rooms_;
    std::deque<std::string> line_;    // Those that wait,
    std::vector<std::string> asked_;  // and those that are asked.
};

}  // namespace millrace::chat::slack
