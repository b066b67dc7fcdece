#include "adapters/chat/slack/socket_mode.hpp"

#include <algorithm>
#include <utility>

namespace millrace::chat::slack {
namespace {

constexpr std::int64_t kTooManyMs = 10'000;  // After Slack has said that there are too many connections.

}  // namespace

SocketMode::SocketMode(const Options& options, Outside& outside, std::uint32_t seed)
    : options_(options), outside_(outside), random_(seed),
      slots_(options.connections, Slot{Reconnect(options.reconnect)}) {}

void SocketMode::start(std::int64_t now_ms) {
    without_since_ms_ = now_ms - kBroughtAgainMs - 1;  // Nobody knows what was before.
    for (std::size_t slot = 0; slot < slots_.size(); ++slot) open(slot, now_ms);
}

void SocketMode::open(std::size_t slot, std::int64_t now_ms) {
    if (is_quiesced_ || is_stopped_) return;
    const Link link = ++last_link_;
    links_.emplace(link, State{.slot = slot, .since_ms = now_ms});
    slots_[slot].current = link;
    outside_.open(link);
}

void SocketMode::on_text(Link link, std::string_view text, std::int64_t now_ms) {
    const auto found = links_.find(link);
    if (found == links_.end()) return;
    State& state = found->second;
    std::optional<Frame> frame = decode_frame(text);
    if (!frame) return;
    if (frame->kind == Frame::Kind::hello) on_hello(link, state, now_ms);
    if (frame->kind == Frame::Kind::disconnect) on_disconnect(link, state, *frame, now_ms);
    if (frame->kind != Frame::Kind::delivery) return;
    ++state.open;
    outside_.on_delivery(link, std::move(*frame));
}

void SocketMode::on_hello(Link link, State& state, std::int64_t now_ms) {
    if (std::exchange(state.is_ready, true)) return;
    slots_[state.slot].reconnect.connected(now_ms);
    outside_.on_trouble({}, false);
    if (without_since_ms_ && now_ms - *without_since_ms_ > kBroughtAgainMs) outside_.on_gap();
    without_since_ms_.reset();
    for (auto& [other, old] : links_) {
        if (other == link || old.slot != state.slot || !old.is_leaving) continue;
        old.is_replaced = true;
        old.replaced_at_ms = now_ms;
        end_if_done(other, old, now_ms);
    }
}

void SocketMode::on_disconnect(Link link, State& state, const Frame& frame, std::int64_t now_ms) {
    if (frame.reason == "link_disabled") return stop("Socket Mode is switched off for this app");
    if (std::exchange(state.is_leaving, true) || slots_[state.slot].current != link) return;
    if (frame.reason == "too_many_websockets") {
        state.is_replaced = true;
        state.replaced_at_ms = now_ms;
        return fail(state.slot, "Slack has too many connections of this app", kTooManyMs, now_ms);
    }
    open(state.slot, now_ms);
}

void SocketMode::on_closed(Link link, const std::string& why, std::int64_t now_ms) {
    const auto found = links_.find(link);
    if (found == links_.end()) return;
    const State state = found->second;
    links_.erase(found);
    if (ready() == 0 && !without_since_ms_) without_since_ms_ = now_ms;
    if (slots_[state.slot].current == link) fail(state.slot, why, 0, now_ms);
}

void SocketMode::on_refused(Link link, const std::string& why, bool is_final, std::int64_t wait_ms,
                            std::int64_t now_ms) {
    const auto found = links_.find(link);
    if (found == links_.end()) return;
    const std::size_t slot = found->second.slot;
    links_.erase(found);
    if (ready() == 0 && !without_since_ms_) without_since_ms_ = now_ms;
    if (is_final) return stop(why);
    fail(slot, why, wait_ms, now_ms);
}

void SocketMode::fail(std::size_t slot, const std::string& why, std::int64_t wait_ms, std::int64_t now_ms) {
    slots_[slot].current = 0;
    slots_[slot].reconnect.failed(now_ms, static_cast<std::uint32_t>(random_()), wait_ms);
    if (ready() == 0 && !is_quiesced_ && !is_stopped_) outside_.on_trouble(why, false);
}

// The connections that are there stay, as long as Slack lets them.
void SocketMode::stop(const std::string& why) {
    if (std::exchange(is_stopped_, true)) return;
    for (Slot& slot : slots_) slot.reconnect.stop(why);
    outside_.on_trouble(why, true);
}

void SocketMode::acknowledge(Link link, std::string_view envelope_id) {
    const auto found = links_.find(link);
    if (found == links_.end()) return;
    if (!found->second.is_ending) outside_.send(link, acknowledgement(envelope_id));
    leave(link);
}

void SocketMode::leave(Link link) {
    if (const auto found = links_.find(link); found != links_.end() && found->second.open > 0) --found->second.open;
}

void SocketMode::end_if_done(Link link, State& state, std::int64_t now_ms) {
    const bool is_late = now_ms - state.replaced_at_ms >= kLeavingMs;
    if (state.is_ending || (state.open > 0 && !is_late)) return;
    state.is_ending = true;
    outside_.finish(link);
}

void SocketMode::quiesce(bool says_goodbye, std::int64_t now_ms) {
    is_quiesced_ = true;
    if (!says_goodbye) return;
    for (auto& [link, state] : links_) {
        state.is_leaving = true;
        if (!std::exchange(state.is_replaced, true)) state.replaced_at_ms = now_ms;
    }
    tick(now_ms);
}

void SocketMode::tick(std::int64_t now_ms) {
    for (auto& [link, state] : links_) {
        const bool is_silent = !state.is_ready && now_ms - state.since_ms >= options_.hello_ms;
        if (state.is_replaced) end_if_done(link, state, now_ms);
        if (is_silent && !std::exchange(state.is_ending, true)) outside_.finish(link);
    }
    for (std::size_t slot = 0; slot < slots_.size(); ++slot) {
        const std::optional<std::int64_t> due_ms = slots_[slot].reconnect.due_ms();
        if (slots_[slot].current == 0 && due_ms && *due_ms <= now_ms) open(slot, now_ms);
    }
}

std::size_t SocketMode::ready() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(links_, [](const auto& it) { return it.second.is_ready && !it.second.is_ending; }));
}

}  // namespace millrace::chat::slack
