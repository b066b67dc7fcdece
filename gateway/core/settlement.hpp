#pragma once

#include <algorithm>
#include <boost/container/small_vector.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "millrace/abi.h"

// Step 7, "is settled": on an `acked` route, what the sender of one message is to hear once every consumer has ended
// with it. The worst verdict wins: reject, retry, ack (contract D7).
// Thread: the scope's loop.
namespace millrace {

// In place of a verdict: the message was routed to nobody.
inline constexpr std::uint32_t kUnrouted = 0;

// How one consumer has ended with a message, for good.
struct Verdict {
    std::uint32_t verdict = MILLRACE_ACK;
    std::uint32_t code = 0;
    std::string_view text;
};

struct Settlement : boost::intrusive_ref_counter<Settlement, boost::thread_unsafe_counter> {
    using Consumers = boost::container::small_vector<std::uint32_t, 4>;  // By their indexes.

    // `consumers`: in the order of the routes' `to`.
    Settlement(millrace_id scope, std::uint64_t cookie, bool is_upstream, std::int64_t due_us, Consumers consumers)
        : scope(scope), cookie(cookie), is_upstream(is_upstream), due_us(due_us), waiting_for(std::move(consumers)),
          remaining(waiting_for.size()) {}

    // Takes one consumer's final verdict. Whether it was the last; what comes after that changes nothing. Of verdicts
    // that are equally bad, that of the first in `to` is told.
    bool add(std::uint32_t consumer, const Verdict& one) {
        const auto place = std::ranges::find(waiting_for, consumer) - waiting_for.begin();
        if (one.verdict == MILLRACE_ACK) {
            acked.push_back(consumer);
        } else if (one.verdict > verdict || (one.verdict == verdict && place < told_place)) {
            verdict = one.verdict;
            code = one.code;
            text = one.text;
            told_place = place;
        }
        return remaining != 0 && --remaining == 0;
    }

    const millrace_id scope;
    const std::uint64_t cookie;
    const bool is_upstream;     // The sender tries again itself: nobody else does.
    const std::int64_t due_us;  // When it is tried again no more (steady time, contract D10); 0: as its route says.
    const Consumers waiting_for;
    std::size_t remaining;  // Consumers that have not ended.
    Consumers acked;        // Those that are done with it.
    std::uint32_t verdict = MILLRACE_ACK;
    std::uint32_t code = 0;
    std::string text;
    std::ptrdiff_t told_place = 0;
    std::string external_id;  // Under which its sender would send it again; empty: none.
};

static_assert(MILLRACE_ACK < MILLRACE_RETRY && MILLRACE_RETRY < MILLRACE_REJECT, "the worst verdict is the largest");

using SettlementPtr = boost::intrusive_ptr<Settlement>;

}  // namespace millrace
