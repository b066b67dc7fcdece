#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "adapters/sms/consent.hpp"
#include "adapters/sms/conversation.hpp"

// Long messages that come in parts, each a webhook of its own: held until all are there, or until the deadline, and
// then one message. None of the webhooks is answered before that message has its end, so nothing that was said yes to
// is only in memory.
// Thread: the adapter's loop.
namespace millrace::sms {

class Parts {
  public:
    static constexpr std::size_t kMessagesMax = 1'000;     // That wait for parts; above it the oldest goes on as it is.
    static constexpr std::size_t kRememberedMax = 20'000;  // Parts of messages that were whole.
    static constexpr std::int64_t kRememberedMs = 25 * 3'600'000;

    Parts(const ConsentWords& words, std::int64_t deadline_ms) : words_(words), deadline_ms_(deadline_ms) {}

    // A part. What it makes whole is appended, with the answering of its first part, which the others follow. A part of
    // a message that was whole is answered, and that is all.
    void take(Arrival arrival, std::int64_t now_ms, std::vector<Arrival>& whole);

    // Those whose deadline has passed, as they are: `complete` is false.
    void give_up(std::int64_t now_ms, std::vector<Arrival>& whole);

    bool empty() const { return messages_.empty(); }

  private:
    struct Message {
        std::int64_t due_ms;
        std::map<std::uint32_t, Arrival> parts;         // By their number.
        std::vector<std::shared_ptr<Answering>> again;  // Of parts that came twice.
    };
    using Messages = std::map<std::string, Message>;

    static bool has_another(const Message& message, const Arrival& arrival);
    Arrival join(Message& message, bool is_complete) const;
    void give_up_first(std::vector<Arrival>& whole);
    void remember(const Message& message, std::int64_t now_ms);

    const ConsentWords& words_;
    const std::int64_t deadline_ms_;
    Messages messages_;
    std::shared_ptr<std::unordered_set<std::string>> remembered_ = std::make_shared<std::unordered_set<std::string>>();
    std::deque<std::pair<std::int64_t, std::string>> by_age_;
};

}  // namespace millrace::sms
