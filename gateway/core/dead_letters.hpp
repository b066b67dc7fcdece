#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <string>

// Messages that will not be delivered any more, kept with the reason, so that a person can see what was lost and why.
namespace millrace {

struct DeadLetter {
    std::int64_t at_us = 0;  // When it was given up; microseconds since 1970-01-01 UTC.
    std::string consumer;
    std::string route;
    std::uint32_t attempts = 0;
    std::uint32_t code = 0;  // The consumer's, where it rejected the message.
    std::string text;        // Why.
    std::string message;     // The serialised ChannelMessage.
};

// Where dead letters go. Thread: any.
class DeadLetters {
  public:
    virtual ~DeadLetters() = default;
    virtual void bury(DeadLetter letter) = 0;
};

// Keeps the newest in memory, bounded in number and bytes; the oldest make room.
class MemoryDeadLetters final : public DeadLetters {
  public:
    static constexpr std::size_t kLettersMax = 1'000;
    static constexpr std::size_t kBytesMax = 16 << 20;

    void bury(DeadLetter letter) override;

    struct Count {
        std::uint64_t kept = 0;
        std::uint64_t bytes = 0;
        std::uint64_t forgotten = 0;  // Since the start.
    };
    Count count() const;
    std::deque<DeadLetter> letters() const;

  private:
    mutable std::mutex mutex_;
    std::deque<DeadLetter> letters_;
    std::uint64_t bytes_ = 0;
    std::uint64_t forgotten_ = 0;
};

}  // namespace millrace
