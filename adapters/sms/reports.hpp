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
#include "adapters/sms/ledger.hpp"
#include "adapters/sms/outbound.hpp"

// Messages whose senders want to hear what becomes of them, by the provider's ids, from the answer to the request until
// nothing better can follow. Reports come late, twice and in any order: what tells nothing new is not told. Those who
// wait stand in the ledger too, so that a report that comes after a restart finds them; what was told before is not
// known then, and may be told again.
// Thread: the adapter's loop.
namespace millrace::sms {

// Who has asked.
struct Listener {
    std::uint64_t receipt = 0;  // Of this process; 0: of one before.
    std::string asker{};        // Outgoing::asker,
    std::string scope{};        // and asked_in.
};

class Reports {
  public:
    static constexpr std::size_t kMessagesMax = 100'000;
    static constexpr std::int64_t kKeptMs = Ledger::kAwaited_s * 1'000;
    static constexpr std::size_t kEarlyMax = 1'000;
    static constexpr std::int64_t kEarlyMs = 30'000;

    // Nothing more will be said of it.
    using Forget = std::function<void(const Listener& listener)>;

    Reports(Ledger& ledger, Forget forget) : ledger_(ledger), forget_(std::move(forget)) {}

    struct Times {
        std::int64_t now_ms;  // Of a steady clock.
        std::int64_t now_s;   // Since 1970-01-01 UTC.
    };
    // Whether there can be reports of it: it has an id, or a reference that comes back. `early` gets those that have
    // come before the answer: to be taken again.
    bool expect(Listener listener, const Answer& answer, const std::string& reference, Times times,
                std::vector<v1::Sms>& early);

    struct Report {
        Listener listener;
        bool is_final;
    };
    // Nothing: it is of nobody who waits, or tells nothing new.
    std::optional<Report> take(const v1::Sms& report, std::int64_t now_ms);

    void forget_old(std::int64_t now_ms);

    std::size_t size() const { return messages_.size(); }
    std::uint64_t orphans() const { return orphans_; }  // Of nobody, also after a while.

  private:
    using Number = std::uint64_t;

    // One that the provider has an id of its own for: the message, or a part of it, or what one of several gets.
    struct Piece {
        std::string name;
        std::uint32_t rank = 0;
        bool is_over = false;
    };
    struct Message {
        Listener listener;
        std::vector<Piece> pieces;
    };
    using Names = std::unordered_map<std::string, Number>;

    Names::iterator find(const v1::Sms::Delivery& delivery, std::int64_t now_ms);
    Number add(Message message, std::int64_t now_ms);
    void keep_early(const v1::Sms& report, std::int64_t now_ms);
    void remove(Number number);

    Ledger& ledger_;
    const Forget forget_;
    Number last_ = 0;
    std::unordered_map<Number, Message> messages_;
    Names by_name_;
    std::deque<std::pair<std::int64_t, Number>> by_age_{};  // The oldest first, also of those that have gone.
    std::deque<std::pair<std::int64_t, v1::Sms>> early_{};  // Of nobody yet, the oldest first.
    std::uint64_t orphans_ = 0;
};

}  // namespace millrace::sms
