#include "gateway/admin/letter_commands.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <map>
#include <tuple>
#include <utility>

#include "gateway/admin/letter_json.hpp"
#include "gateway/core/moment.hpp"

namespace millrace::admin {
namespace {

namespace json = boost::json;

constexpr std::size_t kLooked = 250;         // Rows that a portion reads without their messages,
constexpr std::size_t kMoved = 100;          // and with.
constexpr std::uint64_t kBytes = 4 << 20;    // Of messages.
constexpr std::uint64_t kStepsASecond = 10;  // Of a paced requeue.
constexpr std::uint64_t kSecondUs = 1'000'000;
constexpr const char* kNothingDone = "; nothing was done";

void add_line(Portion& portion, const json::object& object) { portion.lines += json::serialize(object) + "\n"; }

// Whether one of the ids is of no letter, which ends the command.
bool is_refused(const LetterWalk& walk, Portion& portion) {
    if (walk.missing() == 0) return false;
    portion.error = fmt::format("there is no dead letter {}", walk.missing());
    return portion.is_last = true;
}

class List final : public PortionedCommand<LetterWalk> {
  public:
    explicit List(LetterSelection selection) : selection_(std::move(selection)) {}

  private:
    void step(spool::Store& store, LetterWalk& walk, Portion& portion) override {
        const auto letters = walk.next(store, selection_, kLooked);
        if (is_refused(walk, portion)) return;
        for (const spool::DeadLetter& letter : letters) add_line(portion, to_json(letter));
        portion.is_last = walk.is_at_end();
    }

    const LetterSelection selection_;
};

class Export final : public PortionedCommand<LetterWalk> {
  public:
    explicit Export(LetterSelection selection) : selection_(std::move(selection)) {}

  private:
    void step(spool::Store& store, LetterWalk& walk, Portion& portion) override {
        std::uint64_t bytes = 0;
        for (std::size_t i = 0; i < kMoved && bytes < kBytes && !walk.is_at_end(); ++i) {
            const auto letters = walk.next(store, selection_, 1);
            if (is_refused(walk, portion)) return;
            if (letters.empty()) continue;
            bytes += letters.front().bytes;
            if (auto letter = store.letter(letters.front().id)) {
                portion.letters.push_back(std::move(*letter));
            } else {
                portion.lines += to_damaged_json(letters.front()) + "\n";
            }
        }
        portion.is_last = walk.is_at_end();
    }

    const LetterSelection selection_;
};

struct Count {
    std::uint64_t letters = 0;
    std::uint64_t bytes = 0;
    std::int64_t oldest_us = 0;
};

struct Counting {
    LetterWalk walk;
    std::map<std::tuple<std::string, std::string, std::string>, Count> counts;  // By route, reason, consumer.
};

class Stats final : public PortionedCommand<Counting> {
  public:
    explicit Stats(LetterSelection selection) : selection_(std::move(selection)) {}

  private:
    void step(spool::Store& store, Counting& counting, Portion& portion) override {
        const auto letters = counting.walk.next(store, selection_, kLooked);
        if (is_refused(counting.walk, portion)) return;
        for (const spool::DeadLetter& letter : letters) {
            Count& count = counting.counts[{letter.route, letter.why.reason, letter.consumer}];
            if (count.letters++ == 0) count.oldest_us = letter.at_us;
            count.bytes += letter.bytes;
        }
        portion.is_last = counting.walk.is_at_end();
        if (!portion.is_last) return;
        for (const auto& [key, count] : counting.counts) {
            const auto& [route, reason, consumer] = key;
            add_line(portion, {{"route", route},
                               {"reason", reason},
                               {"consumer", consumer},
                               {"letters", count.letters},
                               {"bytes", count.bytes},
                               {"oldest_at", write_moment(count.oldest_us)}});
        }
    }

    const LetterSelection selection_;
};

struct Dropping {
    LetterWalk counted;
    LetterWalk dropped;
    std::uint64_t of = 0;
    std::uint64_t done = 0;
};

class Drop final : public PortionedCommand<Dropping> {
  public:
    explicit Drop(LetterSelection selection) : selection_(std::move(selection)) {}

  private:
    void step(spool::Store& store, Dropping& state, Portion& portion) override {
        if (!state.counted.is_at_end()) {
            state.of += state.counted.next(store, selection_, kLooked).size();
            state.dropped = state.counted.again();
            if (is_refused(state.counted, portion)) portion.error += kNothingDone;
            return;
        }
        for (const spool::DeadLetter& letter : state.dropped.next(store, selection_, kMoved)) {
            if (store.drop_letter(letter.id)) ++state.done;
        }
        add_line(portion, {{"dropped", state.done}, {"of", state.of}});
        portion.is_last = state.dropped.is_at_end();
    }

    const LetterSelection selection_;
};

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
        if (is_refused(state.counted, portion)) portion.error += kNothingDone;
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

std::unique_ptr<SpoolCommand> list_letters(LetterSelection selection) {
    return std::make_unique<List>(std::move(selection));
}

std::unique_ptr<SpoolCommand> export_letters(LetterSelection selection) {
    return std::make_unique<Export>(std::move(selection));
}

std::unique_ptr<SpoolCommand> count_letters(LetterSelection selection) {
    return std::make_unique<Stats>(std::move(selection));
}

std::unique_ptr<SpoolCommand> drop_letters(LetterSelection selection) {
    return std::make_unique<Drop>(std::move(selection));
}

std::unique_ptr<SpoolCommand> requeue_letters(Requeue requeue) {
    return std::make_unique<RequeueLetters>(std::move(requeue), false);
}

std::unique_ptr<SpoolCommand> rehearse_requeue(Requeue requeue) {
    return std::make_unique<RequeueLetters>(std::move(requeue), true);
}

}  // namespace millrace::admin
