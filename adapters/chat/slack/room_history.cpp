#include "adapters/chat/slack/room_history.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <utility>

#include "adapters/chat/slack/timestamp.hpp"

namespace millrace::chat::slack {

Delivery as_delivery(std::string_view room, const boost::json::value& message) {
    boost::json::object event;
    if (message.is_object()) event = message.get_object();
    event["type"] = "message";
    event["channel"] = room;
    return {Delivery::Kind::event, boost::json::object{{"event", std::move(event)}}};
}

Call RoomHistory::call(unsigned tries) const {
    const std::size_t size = std::max(kPage >> std::min(tries, 5U), std::size_t{1});
    Call call{is_in_thread_ ? Method::replies : Method::history, {{"channel", room_}}};
    if (is_in_thread_) {
        call.fields.push_back({"ts", threads_.front()});
        call.fields.push_back({"oldest", timestamp_of(after_us_)});
    }
    call.fields.push_back({"limit", std::to_string(size)});
    if (!page_.empty()) call.fields.push_back({"cursor", page_});
    return call;
}

bool RoomHistory::take(const JsonView& body) {
    const JsonView messages = body["messages"];
    for (std::size_t i = 0; i < messages.size(); ++i) read(messages[i]);
    keep_few();
    page_ = body["response_metadata"]["next_cursor"].text();
    const bool goes_on = !page_.empty() && (is_in_thread_ || (!is_behind_ && !is_cut_));
    if (++pages_ == kPagesMax) {
        is_cut_ = is_cut_ || goes_on || threads_.size() > (is_in_thread_ ? 1 : 0);
        return false;
    }
    return goes_on || next_thread();
}

bool RoomHistory::skip_thread() { return next_thread(); }

bool RoomHistory::next_thread() {
    page_.clear();
    if (std::exchange(is_in_thread_, true)) threads_.pop_front();
    return !threads_.empty();
}

void RoomHistory::read(const JsonView& message) {
    const std::string_view ts = message["ts"].text();
    const std::uint64_t at_us = microseconds_of(ts);
    if (at_us == 0) return;
    const std::string_view thread = message["thread_ts"].text();
    const bool begins_thread = !is_in_thread_ && thread == ts && message["reply_count"].integer().value_or(0) > 0;
    if (begins_thread && microseconds_of(message["latest_reply"].text()) > after_us_) {
        if (threads_.size() < kThreadsMax)
            threads_.emplace_back(ts);
        else
            is_cut_ = true;
    }
    if (at_us > after_us_) {
        messages_.emplace(at_us, *message.value());
        until_us_ = std::max(until_us_, at_us);
    } else if (!is_in_thread_) {
        is_behind_ = true;
    }
}

void RoomHistory::keep_few() {
    for (; messages_.size() > kMessagesMax; messages_.erase(messages_.begin())) is_cut_ = true;
}

std::vector<boost::json::value> RoomHistory::messages() {
    std::vector<boost::json::value> all;
    for (auto& [at_us, message] : std::exchange(messages_, {})) all.push_back(std::move(message));
    return all;
}

}  // namespace millrace::chat::slack
