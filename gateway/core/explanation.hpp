#pragma once

#include <string>
#include <string_view>

#include "gateway/base/result.hpp"
#include "gateway/core/config.hpp"
#include "gateway/core/router.hpp"

namespace millrace {

// Says in lines for people what becomes of one event and why: each route, each of its predicates with the value that it
// was compared with, and who gets the event in the end. Of a CONNECT it says what is certain as the scope opens.
//
// `event`: the JSON of a ChannelMessage; keys `consumer` and `dead_letter` are ignored, as `tail` and `dlq export` put
// them in front. The error is that it is none, or that no adapter of the configuration can have brought it.
// REQUIRES: `router` is made of `config`. Thread: any.
Result<std::string> explain(const Config& config, const Router& router, std::string_view event);

}  // namespace millrace
