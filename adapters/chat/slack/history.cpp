#include "adapters/chat/slack/history.hpp"

#include <utility>

#include "adapters/common/timer_wheel.hpp"

namespace millrace::chat::slack {
namespace {

constexpr std::int64_t kToldEveryMs = 10'000;
constexpr std::int64_t kBusyPauseMs = 100;
constexpr std::int64_t kRefusedPauseMs = 15'000;   // Until what consumers did not take is asked for again.
constexpr std::int64_t kBroughtAgainMs = 390'000;  // By then Slack has brought again what it will.

}  // namespace

History::History(AdapterHost host, Ledger& ledger, WebClient& client, MethodLimits& limits, Listener listener)
    : host_(host), client_(client), listener_(std::move(listener)), cursors_(ledger), catch_up_(cursors_, limits),
      refusal_told_at_ms_(steady_ms() - kToldEveryMs), unkept_told_at_ms_(refusal_told_at_ms_) {}

void History::catch_up(std::int64_t until_ms, std::int64_t now_ms) {
    for (const std::string& room : cursors_.rooms()) catch_up_.want(room, until_ms, false);
    catch_up_.tick(now_ms);
}

void History::settled(const std::string& room, std::uint64_t at_us, std::uint32_t verdict, bool is_missed,
                      std::int64_t now_ms) {
    if (verdict != MILLRACE_RETRY) return cursors_.end(room, at_us, now_ms);
    cursors_.put_off(room, at_us);
    catch_up_.want(room, now_ms + (is_missed ? kRefusedPauseMs : kBroughtAgainMs), true);
}

void History::pump(std::int64_t now_ms) {
    while (auto asking = catch_up_.next(now_ms)) {
        const std::string& room = asking->room;
        const bool is_asked =
            client_.call(asking->call, [this, room](const ApiAnswer& answer) { on_answer(room, answer); });
        if (!is_asked) catch_up_.cancelled(room, now_ms + kBusyPauseMs);
    }
}

void History::on_answer(const std::string& room, const ApiAnswer& answer) {
    const std::int64_t now_ms = steady_ms();
    const std::optional<CatchUp::Found> found = catch_up_.take(room, answer, now_ms);
    if (!found) return;
    tell(*found, now_ms);
    listener_.on_found(*found);
    cursors_.forgo(room, found->failure.empty() ? found->until_us : UINT64_MAX, now_ms);
    if (found->is_gone) return cursors_.forget(room);
    if (cursors_.is_owed(room)) catch_up_.want(room, now_ms + kBroughtAgainMs, true);
}

void History::tell(const CatchUp::Found& found, std::int64_t now_ms) {
    if (found.failure.empty()) {
        counts_.found += found.messages.size();
        const std::string count = std::to_string(found.messages.size());
        if (!found.messages.empty())
            host_.log(MILLRACE_LOG_INFO, "of `" + found.room + "` " + count + " messages come from its history");
        if (found.is_cut) host_.log(MILLRACE_LOG_WARN, "of `" + found.room + "` there are more: those are missing");
        return listener_.on_trouble({});
    }
    ++counts_.refused;
    if (!found.is_gone) listener_.on_trouble("what was missed is not to be had: " + found.failure);
    if (now_ms - refusal_told_at_ms_ < kToldEveryMs) return;
    refusal_told_at_ms_ = now_ms;
    host_.log(MILLRACE_LOG_WARN, "what was missed in `" + found.room + "` is not to be had: " + found.failure);
}

void History::tick(std::int64_t now_ms) {
    catch_up_.tick(now_ms);
    if (cursors_.tick(now_ms) || now_ms - unkept_told_at_ms_ < kToldEveryMs) return;
    unkept_told_at_ms_ = now_ms;
    host_.log(MILLRACE_LOG_ERROR, "`state` cannot be written: after a restart messages may be missed or come again");
}

}  // namespace millrace::chat::slack
