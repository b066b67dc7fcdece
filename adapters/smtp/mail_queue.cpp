#include "adapters/smtp/mail_queue.hpp"

#include <algorithm>

namespace millrace::smtp {

std::uint64_t MailQueue::add(Mail mail, bool may_repeat, std::int64_t due_ms) {
    if (is_full()) return 0;
    const std::uint64_t number = ++last_number_;
    Entry& entry = entries_[number];
    entry.mail = std::move(mail);
    entry.may_repeat = may_repeat;
    entry.since_ms = due_ms;
    wait(number, entry, due_ms);
    return number;
}

void MailQueue::wait(std::uint64_t number, Entry& entry, std::int64_t due_ms) {
    entry.due_ms = due_ms;
    entry.is_waiting = true;
    waiting_.emplace(due_ms, number);
}

std::optional<std::uint64_t> MailQueue::begin_next(std::int64_t now_ms) {
    if (waiting_.empty() || waiting_.begin()->first > now_ms) return std::nullopt;
    const std::uint64_t number = waiting_.begin()->second;
    waiting_.erase(waiting_.begin());
    Entry& entry = entries_.at(number);
    entry.is_waiting = false;
    ++entry.tries;
    return number;
}

std::optional<MailQueue::End> MailQueue::judge(std::uint64_t number, const MailFate& fate, std::int64_t now_ms) {
    Entry& entry = entries_.at(number);
    End end{fate.fate, static_cast<std::uint32_t>(std::max(fate.code, 0)), fate.text};
    const bool is_open = fate.fate == Fate::retry || (fate.fate == Fate::unknown && entry.may_repeat);
    if (is_open && now_ms - entry.since_ms < retry_.give_up.count()) {
        wait(number, entry, now_ms + backed_off_ms(entry.tries));
        return std::nullopt;
    }
    if (is_open) {
        end.fate = Fate::rejected;
        end.text = "given up: " + end.text;
    }
    entries_.erase(number);
    return end;
}

std::vector<std::uint64_t> MailQueue::give_back(bool with_others) {
    std::vector<std::uint64_t> given;
    for (const auto& [number, entry] : entries_) {
        if (entry.is_waiting && (with_others || entry.may_repeat)) given.push_back(number);
    }
    std::sort(given.begin(), given.end());
    for (const std::uint64_t number : given) {
        const auto found = entries_.find(number);
        waiting_.erase({found->second.due_ms, number});
        entries_.erase(found);
    }
    return given;
}

std::int64_t MailQueue::backed_off_ms(std::uint32_t tries) {
    const auto longest = static_cast<double>(retry_.max.count());
    auto wait_ms = static_cast<double>(retry_.initial.count());
    for (std::uint32_t i = 1; i < tries && wait_ms < longest; ++i) wait_ms *= 2;
    return static_cast<std::int64_t>(std::min(wait_ms, longest) * std::uniform_real_distribution(0.75, 1.0)(random_));
}

}  // namespace millrace::smtp
