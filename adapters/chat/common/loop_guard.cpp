#include "adapters/chat/common/loop_guard.hpp"

#include <algorithm>

namespace millrace::chat {
namespace {

std::string_view end_of(std::string_view text) {
    return text.substr(text.size() - std::min(text.size(), LoopGuard::kTextBytesMax));
}

}  // namespace

void LoopGuard::sent(std::string_view conversation, std::string_view text, std::uint32_t hops, std::int64_t now_ms) {
    forget_old(now_ms);
    if (text.size() < kTextBytesMin) return;
    if (sent_.size() == kTextsMax) sent_.pop_front();
    sent_.push_back({std::string(conversation), std::string(end_of(text)), std::max(hops, 1u), now_ms});
}

std::uint32_t LoopGuard::hops_of(std::string_view conversation, std::string_view text, std::int64_t now_ms) {
    if (sent_.empty()) return 0;
    forget_old(now_ms);
    std::uint32_t hops = 0;
    for (const Sent& it : sent_) {
        if (text.ends_with(it.text) && it.conversation == conversation) hops = std::max(hops, it.hops);
    }
    return hops;
}

void LoopGuard::forget_old(std::int64_t now_ms) {
    while (!sent_.empty() && now_ms - sent_.front().at_ms > window_ms_) sent_.pop_front();
}

}  // namespace millrace::chat
