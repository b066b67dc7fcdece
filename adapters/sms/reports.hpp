#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "adapters/sms/event.hpp"
#include "adapters/sms/outbound.hpp"

// Messages whose senders want to hear what becomes of them, by the provider's ids, from the answer to the request until
// nothing better can follow. Reports come late, twice and in any order: what tells nothing new is not told.
// Thread: the adapter's loop.
namespace millrace::sms {

class Reports {
  public:
    static constexpr std::size_t kMessagesMax = 100'000;
    static constexpr std::int64_t kKeptMs = 3 * 24 * 3'600'000;
    static constexpr std::size_t kEarlyMax = 1'000;
    static constexpr std::int64_t kEarlyMs = 30'000;

    // Nothing more will be said of it.
    using Forget = std::function<void(std::uint64_t receipt)>;

    explicit Reports(Forget forget) : forget_(std::move(forget)) {}

    // Whether there can be reports of it: it has an id, or a reference that comes back. `early` gets those that have
    // come before the answer: to be taken again.
    bool expect(std::uint64_t receipt, const Answer& answer, const std::string& reference, std::int64_t now_ms,
                std::vector<v1::Sms>& early);

    struct Report {
        std::uint64_t receipt;
        bool is_final;
    };
    // Nothing: it is of nobody who waits, or tells nothing new.
    std::optional<Report> take(const v1::Sms& report, std::int64_t now_ms);

    void forget_old(std::int64_t now_ms);

    std::size_t size() const { return messages_.size(); }
    std::uint64_t orphans() const { return orphans_; }  // Of nobody, also after a while.

  private:
    // One that the provider has an id of its own for: the message, or a part of it, or what one of several gets.
    struct Piece {
        std::string name;
        std::uint32_t rank = 0;
        bool is_over = false;
    };
    using Message = std::vector<Piece>;

    void keep_early(const v1::Sms& report, std::int64_t now_ms);
    void remove(std::uint64_t receipt);

    const Forget forget_;
    std::unordered_map<std::uint64_t, Message> messages_;          // By receipt.
    std::unordered_map<std::string, std::uint64_t> by_name_;       // To the receipt.
    std::deque<std::pair<std::int64_t, std::uint64_t>> by_age_{};  // The oldest first, also of those that have gone.
    std::deque<std::pair<std::int64_t, v1::Sms>> early_{};         // Of nobody yet, the oldest first.
    std::uint64_t orphans_ = 0;
};

}  // namespace millrace::sms
