#include "adapters/sms/answering.hpp"

#include "adapters/sms/session.hpp"
#include "millrace/abi.h"

namespace millrace::sms {

bool Answering::settle(std::uint32_t verdict) {
    is_to_come_again_ = is_to_come_again_ || verdict == MILLRACE_RETRY;
    return --open_ == 0;
}

bool Answering::answer() {
    for (const auto& follower : std::exchange(followers_, {})) {
        follower->settle(is_to_come_again_ ? MILLRACE_RETRY : MILLRACE_ACK);
        follower->answer();
    }
    if (is_to_come_again_) {
        if (when_put_off_) when_put_off_();
        responder_.refuse(http::try_later("The message cannot be taken now.", kRetryAfter_s));
        return false;
    }
    std::vector<Reply> replies;
    for (const Sending& it : replies_)
        replies.push_back({it.message.from, it.message.to, it.message.text, it.message.media_urls});
    Response response = acceptance(provider_, replies);
    const std::string* const given = replies.empty() ? given_.find(key_) : nullptr;
    const std::string& body = given ? *given : response.body;
    if (!responder_.answer({.content_type = response.content_type, .body = body}) || replies.empty()) return false;
    given_.keep(key_, std::move(response.body));
    return true;
}

}  // namespace millrace::sms
