#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "adapters/chat/common/ledger.hpp"

// Until when the gateway has what happened in each room, in the ledger: up to the first thing that it was brought and
// has not settled. It is written down once a second at most, as what Slack says twice is known by its id. Times of
// rooms are Slack's, in microseconds since 1970-01-01 UTC; those in ms are of any clock that does not go back.
// Not thread-safe.
namespace millrace::chat::slack {

class Cursors {
  public:
    static constexpr std::size_t kRoomsMax = 5'000;  // Above it the one that has been silent for longest is forgotten.

    explicit Cursors(Ledger& ledger);

    // Something that happened then was brought, for the first time or again.
    void begin(std::string_view room, std::uint64_t at_us, std::int64_t now_ms);
    // It is settled, for good.
    void end(std::string_view room, std::uint64_t at_us, std::int64_t now_ms);
    // The gateway could not take it: it is to be brought again.
    void put_off(std::string_view room, std::uint64_t at_us);

    // Whether something was put off, and has not come again.
    bool is_owed(std::string_view room) const;
    // Of what was put off until then nothing comes any more.
    void forgo(std::string_view room, std::uint64_t until_us, std::int64_t now_ms);

    // Until then it has all. 0: it knows nothing of the room.
    std::uint64_t position(std::string_view room) const;
    // All that it knows of, the one in which something has happened last first.
    std::vector<std::string> rooms() const;
    void forget(const std::string& room);

    bool is_dirty() const { return due_ms_.has_value(); }
    // Writes down what is due; or all. False: it could not be.
    bool tick(std::int64_t now_ms);
    bool flush();

  private:
    struct Room {
        std::uint64_t high_us = 0;       // The latest that is settled.
        std::set<std::uint64_t> open{};  // What is not.
        std::set<std::uint64_t> owed{};  // Of those, what is to be brought again.

        std::uint64_t position() const;
    };

    Room& find_or_make(std::string_view room, std::uint64_t at_us);
    void forget_silent();
    void changed(std::string_view room, std::int64_t now_ms);

    Ledger& ledger_;
    std::unordered_map<std::string, Room> rooms_;
    std::unordered_set<std::string> changed_;
    std::optional<std::int64_t> due_ms_;
};

}  // namespace millrace::chat::slack
