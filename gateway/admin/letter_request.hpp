#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <memory>

#include "gateway/admin/spool_command.hpp"
#include "gateway/core/config.hpp"

// What is asked of dead letters, as a line of JSON says it.
//
//     {"do": "dlq", "command": "list" | "export" | "stats" | "show" | "requeue" | "drop", keys}
//
// Keys of all: ids (a list), or else route, reason, consumer (texts), code (a number), since (moment.hpp). Of drop: all
// (true), without which it has to be told which. Of requeue: to, rate ("100/s"), limit, dry_run.
// Thread: any.
namespace millrace::admin {

// The error says which key is wrong, and what would be right.
Result<std::unique_ptr<SpoolCommand>> read_letter_request(const boost::json::object& request, const Config& config,
                                                          std::int64_t now_us);

}  // namespace millrace::admin
