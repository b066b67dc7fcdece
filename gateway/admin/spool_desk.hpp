#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/json/object.hpp>
#include <cstdint>
#include <functional>
#include <vector>

#include "gateway/base/clock.hpp"
#include "gateway/core/config.hpp"
#include "gateway/core/spool.hpp"

// Where a gateway that runs is asked about its dead letters and its spool, over admin.sock. Each portion of a command
// is a request to the spool's writer like any other; where the disk is full it is refused, not kept waiting.
namespace millrace::admin {

// What the gateway lends for it.
struct SpoolAccess {
    std::function<spool::Spool*()> spool;  // [control thread] Null where none is open.
    // [the spool's writer, behind the commit] These lanes got deliveries. It may not block.
    std::function<void(const std::vector<std::int64_t>&)> requeued;
};

// Does what `request` asks for and writes its answer: lines, then {"done": true}; or {"error": "..."}, where what is
// asked for is wrong; or {"end": "..."}, where it could not be done to its end. What was committed until then stays.
// Whoever hangs up, or `is_ending`, ends it behind the portion that is under way.
// REQUIRES: what is referred to outlives the coroutine; the spool outlives its requests, also beyond that.
// Thread: the control thread, which it never holds.
boost::asio::awaitable<void> answer_spool_request(boost::asio::local::stream_protocol::socket& socket,
                                                  const boost::json::object& request, const Config& config,
                                                  const SpoolAccess& access, const Clock& clock, const bool& is_ending);

}  // namespace millrace::admin
