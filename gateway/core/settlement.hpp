#pragma once

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "millrace/abi.h"

// Step 7, "is settled": on an `acked` route, what the sender of one message is to hear once every consumer has ended
// with it. The worst verdict wins: reject, retry, ack (contract D7).
// Thread: the scope's loop.
namespace millrace {

// How one consumer has ended with a message, for good.
struct Verdict {
    std::uint32_t verdict = MILLRACE_ACK;
    std::uint32_t code = 0;
    std::string_view text;
};

struct Settlement : boost::intrusive_ref_counter<Settlement, boost::thread_unsafe_counter> {
    Settlement(millrace_id scope, std::uint64_t cookie, std::size_t remaining)
        : scope(scope), cookie(cookie), remaining(remaining) {}

    // Takes one consumer's final verdict. Whether it was the last; what comes after that changes nothing.
    bool add(const Verdict& one) {
        if (one.verdict > verdict) {
            verdict = one.verdict;
            code = one.code;
            text = one.text;
        }
        return remaining != 0 && --remaining == 0;
    }

    const millrace_id scope;
    const std::uint64_t cookie;
    std::size_t remaining;  // Consumers that have not ended.
    std::uint32_t verdict = MILLRACE_ACK;
    std::uint32_t code = 0;
    std::string text;
};

static_assert(MILLRACE_ACK < MILLRACE_RETRY && MILLRACE_RETRY < MILLRACE_REJECT, "the worst verdict is the largest");

using SettlementPtr = boost::intrusive_ptr<Settlement>;

}  // namespace millrace
