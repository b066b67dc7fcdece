#pragma once

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <random>

#include "adapters/common/listener.hpp"
#include "adapters/mqtt/config.hpp"

// When a connection that has failed is made anew: later each time, with jitter, so that many clients of a broker that
// comes back do not come at once. Thread: that of `io`.
namespace millrace::mqtt {

class Reconnect {
  public:
    Reconnect(boost::asio::io_context& io, const ReconnectSettings& settings)
        : settings_(settings), timer_(io), random_(std::random_device{}()) {}

    void later(std::function<void()> connect) {
        const auto longest = static_cast<double>(settings_.max.count());
        auto wait_ms = static_cast<double>(settings_.initial.count());
        for (unsigned i = 0; i < failures_ && wait_ms < longest; ++i) wait_ms *= 2;
        ++failures_;
        wait_ms = std::min(wait_ms, longest) * std::uniform_real_distribution<>(0.5, 1.0)(random_);
        timer_.expires_after(std::chrono::milliseconds(static_cast<std::int64_t>(wait_ms)));
        timer_.async_wait([connect = std::move(connect)](const boost::system::error_code& error) {
            if (!error) connect();
        });
    }

    // The connection is there and of use: the next failure is a first one.
    void succeeded() { failures_ = 0; }

    void cancel() { timer_.cancel(); }

  private:
    const ReconnectSettings& settings_;
    Timer timer_;
    std::minstd_rand random_;
    unsigned failures_ = 0;
};

}  // namespace millrace::mqtt
