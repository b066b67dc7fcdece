#pragma once

#include <boost/json/object.hpp>
#include <functional>
#include <string>

// One request about a spool and its answer, wherever that spool is. Thread: main.
namespace millrace::cli {

// Has the gateway do it that runs with this configuration, over its admin.sock; or does it here, on the spool in its
// state_dir, which no gateway holds then. Calls `show` with each line of the answer, without its end, as it comes. What
// has failed is said on standard error. The exit code.
int ask_spool(const std::string& config_file, const boost::json::object& request,
              const std::function<void(const std::string&)>& show);

// How ask_spool's callers show what they got: lines as they are, or what `to_text` makes of each object.
std::function<void(const std::string&)> shown_as(bool as_json, std::function<void(const boost::json::object&)> to_text);

}  // namespace millrace::cli
