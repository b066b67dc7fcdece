#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "adapters/common/http/server_thread.hpp"
#include "adapters/sms/given_replies.hpp"
#include "adapters/sms/provider.hpp"
#include "adapters/sms/sending.hpp"

namespace millrace::sms {

// One webhook that is not answered yet: its events are in the gateway. The answer follows from how they end (contract
// D13): 503 where one of them is to come again, else 200, with the replies that were made in the meantime.
// Thread: the connection's.
class Answering {
  public:
    static constexpr std::uint32_t kRetryAfter_s = 5;

    // `key`: of the first of its events.
    Answering(http::Responder responder, const Provider& provider, GivenReplies& given, std::string key,
              std::size_t events)
        : responder_(std::move(responder)), provider_(provider), given_(given), key_(std::move(key)), open_(events) {}

    // Whether a reply can leave in the response, which is not given yet.
    bool takes(const Sending& reply) const {
        return open_ != 0 && !is_released_ && carries(provider_, reply.message.text, !reply.message.media_urls.empty());
    }
    void add(Sending reply) { replies_.push_back(std::move(reply)); }
    // They leave by another way, and so does what follows them.
    std::vector<Sending> release() {
        is_released_ = true;
        return std::exchange(replies_, {});
    }

    // Another webhook that is answered as this one is: it has brought a part of the same message.
    void follow(std::shared_ptr<Answering> other) { followers_.push_back(std::move(other)); }
    // Called where the answer is 503.
    void when_put_off(std::function<void()> call) { when_put_off_ = std::move(call); }

    // One of the events has ended: MILLRACE_ACK, MILLRACE_RETRY, MILLRACE_REJECT. Whether that was the last.
    bool settle(std::uint32_t verdict);

    // After the last. Whether the replies have left with the answer; else they are as they were.
    bool answer();
    std::vector<Sending>& replies() { return replies_; }

  private:
    http::Responder responder_;
    const Provider& provider_;
    GivenReplies& given_;
    const std::string key_;
    std::size_t open_;
    bool is_to_come_again_ = false;
    bool is_released_ = false;
    std::vector<Sending> replies_;
    std::vector<std::shared_ptr<Answering>> followers_;
    std::function<void()> when_put_off_;
};

}  // namespace millrace::sms
