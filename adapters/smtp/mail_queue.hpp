#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "adapters/common/fate.hpp"
#include "adapters/common/mail_client.hpp"
#include "adapters/smtp/smarthost.hpp"

namespace millrace::smtp {

// Mails on their way to the smarthost: those that it has not taken wait for their next try, each later than the one
// before. It has no clock and no I/O. Not thread-safe.
//
//     waiting -> trying -> over, or waiting again
class MailQueue {
  public:
    static constexpr std::int64_t kNever = INT64_MAX;

    // What became of a mail.
    struct End {
        Fate fate = Fate::unknown;  // Not retry.
        std::uint32_t code = 0;     // Of the smarthost's reply. 0: there was none.
        std::string text;           // Its words, or what else was wrong.
    };

    // `seed`: of the jitter.
    MailQueue(const RetrySettings& retry, std::size_t mails_max, unsigned seed)
        : retry_(retry), mails_max_(mails_max), random_(seed) {}

    // To be tried at `due_ms`, and for give_up from then; its number, from 1. 0: there are `mails_max` already.
    // `may_repeat`: it is sent again where nobody knows whether it has arrived, under the same message id; else its end
    // is unknown then.
    std::uint64_t add(Mail mail, bool may_repeat, std::int64_t due_ms);
    bool is_full() const { return entries_.size() >= mails_max_; }

    // The next mail whose time has come; its try begins.
    std::optional<std::uint64_t> begin_next(std::int64_t now_ms);
    const Mail& mail(std::uint64_t number) const { return entries_.at(number).mail; }

    // What came of the try. Its end, and then it is no more here; nothing: it waits for its next one.
    std::optional<End> judge(std::uint64_t number, const MailFate& fate, std::int64_t now_ms);

    // Ends those that wait, of the ones that may be repeated or of all. In the order of their adding.
    std::vector<std::uint64_t> give_back(bool with_others);

    std::int64_t next_due_ms() const { return waiting_.empty() ? kNever : waiting_.begin()->first; }
    std::size_t size() const { return entries_.size(); }

  private:
    struct Entry {
        Mail mail;
        bool may_repeat = false;
        std::int64_t since_ms = 0;
        std::uint32_t tries = 0;
        std::int64_t due_ms = 0;
        bool is_waiting = true;
    };

    void wait(std::uint64_t number, Entry& entry, std::int64_t due_ms);
    std::int64_t backed_off_ms(std::uint32_t tries);

    const RetrySettings retry_;
    const std::size_t mails_max_;
    std::minstd_rand random_;
    std::unordered_map<std::uint64_t, Entry> entries_;
    std::set<std::pair<std::int64_t, std::uint64_t>> waiting_;  // When each is due, and its number.
    std::uint64_t last_number_ = 0;
};

}  // namespace millrace::smtp
