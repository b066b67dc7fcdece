#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "gateway/base/result.hpp"
#include "gateway/core/config.hpp"
#include "gateway/core/tap.hpp"

// What goes over admin.sock for those who watch: what they ask for, and what they get.
namespace millrace::admin {

// Of a request; what it does not name lets all through. The error names a key or a value that there is not.
Result<TapFilter> read_filter(const boost::json::object& request, const Config& config);

// The lines of what was seen, each with its end. An event that is no ChannelMessage counts as skipped.
std::string to_lines(const Watch::Seen& seen);

}  // namespace millrace::admin
