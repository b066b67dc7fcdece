#pragma once

#include <boost/json/value.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/chat/slack/codec.hpp"
#include "adapters/chat/slack/web_api.hpp"
#include "adapters/common/json.hpp"

namespace millrace::chat::slack {

// A message of a room's history, as Slack would have brought it.
Delivery as_delivery(std::string_view room, const boost::json::value& message);

// What was said in a room after some time, page by page: first `conversations.history`, which goes back from now on and
// knows nothing of threads, then `conversations.replies` of those threads that were begun there, or among the messages
// of its last page that are older, and in which something was said after that time. Without I/O.
class RoomHistory {
  public:
    static constexpr std::size_t kMessagesMax = 1'000;  // Of more the latest.
    static constexpr std::size_t kThreadsMax = 50;
    static constexpr std::size_t kPagesMax = 100;
    static constexpr std::size_t kPage = 100;  // Messages that are asked for at a time.

    RoomHistory(std::string room, std::uint64_t after_us) : room_(std::move(room)), after_us_(after_us) {}

    // The next page; a smaller one with each try, as an answer that is too long cannot be read.
    Call call(unsigned tries) const;
    // It has come. False: it was the last.
    bool take(const JsonView& body);
    // Of the thread that is asked for nothing can be had. False: it was the last.
    bool skip_thread();
    bool is_in_thread() const { return is_in_thread_; }

    // What was found, as Slack has it, the oldest first.
    std::vector<boost::json::value> messages();
    // The time of the latest; 0: there is none.
    std::uint64_t until_us() const { return until_us_; }
    // There was more than could be asked for.
    bool is_cut() const { return is_cut_; }

  private:
    void read(const JsonView& message);
    void keep_few();
    bool next_thread();

    const std::string room_;
    const std::uint64_t after_us_;
    std::string page_;  // Slack's word for the next one. Empty: the first.
    std::size_t pages_ = 0;
    bool is_in_thread_ = false;
    std::deque<std::string> threads_;  // That are to be asked for, the one that is first.
    std::map<std::uint64_t, boost::json::value> messages_;
    std::uint64_t until_us_ = 0;
    bool is_behind_ = false;  // What is older than the time has been seen.
    bool is_cut_ = false;
};

}  // namespace millrace::chat::slack
