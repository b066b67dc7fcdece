#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "gateway/core/settlement.hpp"

// Messages that their senders may send again, by the id that the outside gives them. A resend of one that has ended for
// good gets the same answer; of one that is to be tried again, only those consumers get it that are not done with it
// (contract D7, D9). The newest are remembered for a while; the oldest make room.
// Thread: any.
namespace millrace {

class Duplicates {
  public:
    static constexpr std::size_t kIdsMax = 100'000;
    static constexpr std::int64_t kWindow_us = 25 * 3'600'000'000;  // Webhooks come again for a day.

    struct Known {
        enum class State {
            unknown,     // Seen for the first time. It has begun now: end() or forget() has to follow.
            begun,       // It is being handled.
            unfinished,  // As unknown, but `acked` are done with it.
            final,       // It has ended: `verdict`, `code` and `text` say how.
        };

        State state = State::unknown;
        std::uint32_t verdict = 0;
        std::uint32_t code = 0;
        std::string text;
        Settlement::Consumers acked;
    };

    // `adapter`: its index, since ids are unique within an adapter.
    Known begin(std::uint32_t adapter, std::string_view id, std::int64_t now_us);

    // It has ended: with RETRY, `acked` are done with it.
    void end(std::uint32_t adapter, std::string_view id, const Verdict& verdict, const Settlement::Consumers& acked);

    // It was not taken after all.
    void forget(std::uint32_t adapter, std::string_view id);

    // Resends that got an answer without being handled.
    std::uint64_t count() const;

  private:
    using Key = std::pair<std::uint32_t, std::string>;

    void make_room(std::int64_t now_us);

    mutable std::mutex mutex_;
    std::map<Key, Known, std::less<>> known_;
    std::deque<std::pair<std::int64_t, Key>> order_;  // By when they came first.
    std::uint64_t answered_ = 0;
};

}  // namespace millrace
