#include "adapters/sms/reports.hpp"

#include <algorithm>

namespace millrace::sms {

bool Reports::expect(std::uint64_t receipt, const Answer& answer, const std::string& reference, std::int64_t now_ms,
                     std::vector<v1::Sms>& early) {
    Message message;
    for (const std::string& id : answer.message_ids) message.push_back({id});
    if (message.empty() && !reference.empty()) message.push_back({reference});
    if (message.empty()) return false;
    for (const Piece& piece : message) by_name_[piece.name] = receipt;
    messages_[receipt] = std::move(message);
    by_age_.emplace_back(now_ms, receipt);
    while (messages_.size() > kMessagesMax) forget_old(by_age_.front().first + kKeptMs);
    std::erase_if(early_, [&](const auto& it) {
        const v1::Sms::Delivery& delivery = it.second.delivery();
        const bool is_its = by_name_.contains(delivery.message_id()) || by_name_.contains(delivery.client_reference());
        if (is_its) early.push_back(it.second);
        return is_its;
    });
    return true;
}

std::optional<Reports::Report> Reports::take(const v1::Sms& report, std::int64_t now_ms) {
    const v1::Sms::Delivery& delivery = report.delivery();
    auto named = by_name_.find(delivery.message_id());
    if (named == by_name_.end()) named = by_name_.find(delivery.client_reference());
    if (named == by_name_.end()) {
        keep_early(report, now_ms);
        return std::nullopt;
    }
    const std::uint64_t receipt = named->second;
    Message& message = messages_.at(receipt);
    Piece& piece = *std::ranges::find(message, named->first, &Piece::name);
    if (piece.is_over || (delivery.rank() <= piece.rank && delivery.status() != v1::Sms::Delivery::STATUS_UNSPECIFIED))
        return std::nullopt;
    piece.rank = std::max(piece.rank, delivery.rank());
    piece.is_over = delivery.permanent();
    const bool is_final = std::ranges::all_of(message, &Piece::is_over);
    if (is_final) remove(receipt);
    return Report{receipt, is_final};
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
        const std::uint64_t receipt = by_age_.front().second;
        by_age_.pop_front();
        if (!messages_.contains(receipt)) continue;
        remove(receipt);
        forget_(receipt);
    }
}

void Reports::remove(std::uint64_t receipt) {
    const auto found = messages_.find(receipt);
    for (const Piece& piece : found->second) by_name_.erase(piece.name);
    messages_.erase(found);
}

}  // namespace millrace::sms
