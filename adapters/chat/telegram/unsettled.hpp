#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>

#include "millrace/abi.h"

namespace millrace::chat::telegram {

// An update of which not all events have ended. Thread: the adapter's loop.
class Unsettled {
  public:
    // `ended` is called once, after the last of its events, at once where it has none. Whether it is to come again.
    Unsettled(std::size_t events, std::function<void(bool comes_again)> ended)
        : open_(events), ended_(std::move(ended)) {
        if (open_ == 0) ended_(false);
    }

    // One has: MILLRACE_ACK, MILLRACE_RETRY, MILLRACE_REJECT.
    void end(std::uint32_t verdict) {
        comes_again_ = comes_again_ || verdict == MILLRACE_RETRY;
        if (--open_ == 0) ended_(comes_again_);
    }

  private:
    std::size_t open_;
    bool comes_again_ = false;
    const std::function<void(bool comes_again)> ended_;
};

}  // namespace millrace::chat::telegram
