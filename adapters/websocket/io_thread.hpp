#pragma once

#include <array>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "adapters/common/io_thread.hpp"
#include "adapters/websocket/codec.hpp"
#include "adapters/websocket/config.hpp"
#include "adapters/websocket/deflate.hpp"
#include "millrace/adapter.hpp"

namespace millrace::websocket {

// A number in few characters.
std::string base32(std::uint64_t number);

// One thread of the adapter.
class IoThread final : public millrace::IoThread {
  public:
    // `index` of `settings.thread_count`; `stamp` tells this start of the adapter from others.
    IoThread(const IoShared& shared, const Settings& settings, std::size_t index, std::string stamp);
    ~IoThread() override;

    // [its own thread] For its sessions.
    const Settings& settings() const { return settings_; }
    Deflate& deflate() { return deflate_ ? *deflate_ : deflate_.emplace(); }
    std::string next_key();

    // A connection was held back by `max_message_rate`: counted, and told at most every ten seconds.
    void count_throttled();

    static constexpr std::size_t kBatch = 64;
    static constexpr std::int64_t kThrottledEveryMs = 10'000;
    std::array<Frame, kBatch> frames;
    std::array<millrace_submission, kBatch> submissions;

  private:
    boost::intrusive_ptr<Connection> connect(Socket socket, Source source, bool is_admitted) override;

    const Settings& settings_;
    const std::size_t index_;
    const std::string stamp_;
    std::optional<Deflate> deflate_;
    std::uint64_t key_count_ = 0;
    std::uint64_t throttled_count_ = 0;
    std::int64_t throttled_told_at_ms_ = -kThrottledEveryMs;
};

}  // namespace millrace::websocket
