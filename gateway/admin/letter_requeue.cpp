#include <algorithm>
#include <boost/json.hpp>
#include <map>
#include <string>
#include <utility>

#include "gateway/admin/letter_commands.hpp"

namespace millrace::admin {
namespace {

namespace json = boost::json;

constexpr std::size_t kLooked = 250;         // Letters that a portion counts,
constexpr std::size_t kMoved = 100;          // and that it moves.
constexpr std::uint64_t kBytes = 4 << 20;    // Of those.
constexpr std::uint64_t kStepsASecond = 10;  // Where there is a rate.
constexpr std::uint64_t kSecondUs = 1'000'000;
constexpr const char* kNothingDone = "; nothing was done";

struct Requeuing {
    LetterWalk counted;
    LetterWalk moved;
    std::uint64_t of = 0;
    std::uint64_t done = 0;
    std::uint64_t unreadable = 0;
    std::uint64_t homeless = 0;
    std::map<std::string, std::uint64_t> to;  // Of the dry run.
};

class RequeueLetters final : public PortionedCommand<Requeuing> {
  public:
    RequeueLetters(Requeue requeue, bool is_dry_run) : requeue_(std::move(requeue)), is_dry_run_(is_dry_run) {
        if (requeue_.rate != 0) portion_ = std::clamp<std::uint64_t>(requeue_.rate / kStepsASecond, 1, kMoved);
    }

  private:
    void step(spool::Store& store, Requeuing& state, Portion& portion) override {
        if (!state.counted.is_at_end()) {
            count(store, state, portion);
        } else {
            move(store, state, portion);
        }
    }

    const std::string& target_of(const spool::DeadLetter& letter) const {
        return requeue_.to.empty() ? letter.consumer : requeue_.to;
    }

    bool has_home(const spool::DeadLetter& letter) const {
        return std::ranges::find(requeue_.consumers, target_of(letter)) != requeue_.consumers.end();
    }

    void count(spool::Store& store, Requeuing& state, Portion& portion) {
        const auto letters = state.counted.next(store, requeue_.selection, kLooked);
        portion.error = state.counted.error();
        if (!portion.error.empty()) portion.error += kNothingDone;
        state.of += letters.size();
        state.moved = state.counted.again();
        if (!is_dry_run_ || !portion.error.empty()) return;
        for (const spool::DeadLetter& letter : letters) {
            if (state.done == requeue_.limit) break;
            if (!has_home(letter)) {
                ++state.homeless;
                continue;
            }
            ++state.done;
            ++state.to[target_of(letter)];
        }
        portion.is_last = state.counted.is_at_end();
        if (!portion.is_last) return;
        add_line(portion, {{"would_requeue", state.done},
                           {"of", state.of},
                           {"homeless", state.homeless},
                           {"to", json::value_from(state.to)}});
    }

    void move(spool::Store& store, Requeuing& state, Portion& portion) {
        std::uint64_t bytes = 0, moved = 0;
        for (std::size_t i = 0; i < kMoved && moved < portion_ && bytes < kBytes; ++i) {
            if (state.moved.is_at_end() || state.done == requeue_.limit) break;
            for (const spool::DeadLetter& letter : state.moved.next(store, requeue_.selection, 1)) {
                bytes += letter.bytes;
                moved += move(store, state, portion, letter);
            }
        }
        portion.is_last = state.moved.is_at_end() || state.done == requeue_.limit;
        if (requeue_.rate != 0) portion.pause_us = static_cast<std::int64_t>(moved * kSecondUs / requeue_.rate);
        if (moved == 0 && !portion.is_last) return;
        add_line(portion, {{"requeued", state.done},
                           {"of", state.of},
                           {"unreadable", state.unreadable},
                           {"homeless", state.homeless}});
    }

    // How many were.
    std::uint64_t move(spool::Store& store, Requeuing& state, Portion& portion, const spool::DeadLetter& letter) {
        if (!has_home(letter)) {
            ++state.homeless;
            return 0;
        }
        const std::int64_t lane = store.requeue_letter(letter.id, requeue_.to);
        if (lane == 0) {
            ++state.unreadable;
            return 0;
        }
        if (std::ranges::find(portion.lanes, lane) == portion.lanes.end()) portion.lanes.push_back(lane);
        ++state.done;
        return 1;
    }

    const Requeue requeue_;
    const bool is_dry_run_;
    std::uint64_t portion_ = kMoved;
};

}  // namespace

std::unique_ptr<SpoolCommand> requeue_letters(Requeue requeue) {
    return std::make_unique<RequeueLetters>(std::move(requeue), false);
}

std::unique_ptr<SpoolCommand> rehearse_requeue(Requeue requeue) {
    return std::make_unique<RequeueLetters>(std::move(requeue), true);
}

}  // namespace millrace::admin
