#pragma once

#include <boost/json/object.hpp>
#include <memory>

#include "gateway/admin/spool_command.hpp"

// What people ask of the spool as a whole, as a line of JSON says it, {"do": "spool", "command": ..}, and its answer:
//
//     ls       {"lane", "consumer", "scope", "waiting", "has_more", "attempt", "due_at", "timers"} of each lane that
//              waits for something. `has_more`: more than the 1,000 of `waiting` that were counted.
//     stats    {"messages", "bytes", "deliveries", "letters", "letter_bytes", "commands", "external_ids", "commits",
//              "oldest_at", "damaged"}, then {"damage", "at"} of the first 100 rows that were put aside
//     verify   {"finding"} of each thing that is wrong, then {"messages", "deliveries", "letters", "commands", "wrong",
//              "at_rest"}: how many of each are whole, and whether SQLite's own structures were looked at too, which
//              is done where nobody else uses the spool
//
// Thread: any.
namespace millrace::admin {

// The error is that there is no such command. `is_at_rest`: nobody else uses the spool.
Result<std::unique_ptr<SpoolCommand>> read_spool_request(const boost::json::object& request, bool is_at_rest);

}  // namespace millrace::admin
