#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "gateway/core/spool_records.hpp"

// Dead letters as JSON. Thread: any.
namespace millrace::admin {

// What there is to say of it without its message.
boost::json::object to_json(const spool::DeadLetter& letter);

// All of it, as a line without its end: the ChannelMessage, and in front of its fields `consumer` and `dead_letter`,
// which is the above with every attempt. Of a message that is no ChannelMessage `dead_letter` says so in `unreadable`.
std::string to_whole_json(const spool::DeadLetter& letter);

// The same of one whose message was found damaged as it was read, so that there is no more than this.
std::string to_damaged_json(const spool::DeadLetter& letter);

}  // namespace millrace::admin
