#pragma once

#include <atomic>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>
#include <cstdint>
#include <string>

#include "millrace/abi.h"

// A group command on its way: each loop delivers it to the members that live there.
// Thread: what it says is constant; the counts are of any.
namespace millrace {

struct GroupPost : boost::intrusive_ref_counter<GroupPost> {
    bool is_for_peers = false;  // GROUP_REPLY; else GROUP_SEND.
    std::uint32_t payload_kind = 0;
    std::uint32_t flags = 0;
    std::string group;
    std::string payload;
    std::string body;
    std::string sender;
    std::uint64_t correlation = 0;
    std::uint32_t hops = 0;
    millrace_id from_scope = 0;
    std::uint32_t from_consumer = 0;  // Its index.

    std::atomic<std::uint64_t> members{0};
    std::atomic<std::uint64_t> taken{0};
    std::atomic<std::uint64_t> dropped{0};
    std::atomic<std::size_t> remaining{0};  // Loops that have not delivered it.
};

using GroupPostPtr = boost::intrusive_ptr<GroupPost>;

}  // namespace millrace
