#include "adapters/sms/reports.hpp"

#include <algorithm>

namespace millrace::sms {

bool Reports::expect(Listener listener, const Answer& answer, const std::string& reference, Times times,
                     std::vector<v1::Sms>& early) {
    Message message{std::move(listener), {}};
    for (const std::string& id : answer.message_ids) message.pieces.push_back({id});
    if (message.pieces.empty() && !reference.empty()) message.pieces.push_back({reference});
    if (message.pieces.empty()) return false;
    for (const Piece& piece : message.pieces)
        ledger_.await(piece.name, {times.now_s, message.listener.asker, message.listener.scope});
    add(std::move(message), times.now_ms);
    std::erase_if(early_, [&](const auto& it) {
        const v1::Sms::Delivery& delivery = it.second.delivery();
        const bool is_its = by_name_.contains(delivery.message_id()) || by_name_.contains(delivery.client_reference());
        if (is_its) early.push_back(it.second);
        return is_its;
    });
    return true;
}

Reports::Number Reports::add(Message message, std::int64_t now_ms) {
    const Number number = ++last_;
    for (const Piece& piece : message.pieces) by_name_[piece.name] = number;
    messages_.emplace(number, std::move(message));
    by_age_.emplace_back(now_ms, number);
    while (messages_.size() > kMessagesMax) forget_old(by_age_.front().first + kKeptMs);
    return number;
}

// One of a process before is known from now on.
Reports::Names::iterator Reports::find(const v1::Sms::Delivery& delivery, std::int64_t now_ms) {
    for (const std::string& name : {delivery.message_id(), delivery.client_reference()}) {
        const auto found = by_name_.find(name);
        if (found != by_name_.end()) return found;
        const Ledger::Awaited* const awaited = ledger_.awaited(name);
        if (!awaited) continue;
        add({{0, awaited->asker, awaited->scope}, {{name}}}, now_ms);
        return by_name_.find(name);
    }
    return by_name_.end();
}

std::optional<Reports::Report> Reports::take(const v1::Sms& report, std::int64_t now_ms) {
    const v1::Sms::Delivery& delivery = report.delivery();
    const auto named = find(delivery, now_ms);
    if (named == by_name_.end()) {
        keep_early(report, now_ms);
        return std::nullopt;
    }
    const Number number = named->second;
    Message& message = messages_.at(number);
    Piece& piece = *std::ranges::find(message.pieces, named->first, &Piece::name);
    if (piece.is_over || (delivery.rank() <= piece.rank && delivery.status() != v1::Sms::Delivery::STATUS_UNSPECIFIED))
        return std::nullopt;
    piece.rank = std::max(piece.rank, delivery.rank());
    piece.is_over = delivery.permanent();
    Report told{message.listener, std::ranges::all_of(message.pieces, &Piece::is_over)};
    if (told.is_final) remove(number);
    return told;
}

void Reports::keep_early(const v1::Sms& report, std::int64_t now_ms) {
    if (early_.size() == kEarlyMax) {
        early_.pop_front();
        ++orphans_;
    }
    early_.emplace_back(now_ms, report);
}

void Reports::forget_old(std::int64_t now_ms) {
    for (; !early_.empty() && early_.front().first + kEarlyMs <= now_ms; early_.pop_front()) ++orphans_;
    while (!by_age_.empty() && by_age_.front().first + kKeptMs <= now_ms) {
        const Number number = by_age_.front().second;
        by_age_.pop_front();
        const auto found = messages_.find(number);
        if (found == messages_.end()) continue;
        const Listener listener = found->second.listener;
        remove(number);
        forget_(listener);
    }
}

void Reports::remove(Number number) {
    const auto found = messages_.find(number);
    for (const Piece& piece : found->second.pieces) {
        const auto named = by_name_.find(piece.name);
        if (named == by_name_.end() || named->second != number) continue;
        by_name_.erase(named);
        ledger_.heard(piece.name);
    }
    messages_.erase(found);
}

}  // namespace millrace::sms
