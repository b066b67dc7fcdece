#include "gateway/admin/letter_commands.hpp"

#include <boost/json.hpp>
#include <map>
#include <string>
#include <tuple>
#include <utility>

#include "gateway/admin/letter_json.hpp"
#include "gateway/core/moment.hpp"

namespace millrace::admin {
namespace {

namespace json = boost::json;

constexpr std::size_t kLooked = 250;       // Rows that a portion reads without their messages,
constexpr std::size_t kMoved = 100;        // and with.
constexpr std::uint64_t kBytes = 4 << 20;  // Of messages.
constexpr const char* kNothingDone = "; nothing was done";

class List final : public PortionedCommand<LetterWalk> {
  public:
    explicit List(LetterSelection selection) : selection_(std::move(selection)) {}

  private:
    void step(spool::Store& store, LetterWalk& walk, Portion& portion) override {
        const auto letters = walk.next(store, selection_, kLooked);
        portion.error = walk.error();
        if (!portion.error.empty()) return;
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
            portion.error = walk.error();
            if (!portion.error.empty()) return;
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
        portion.error = counting.walk.error();
        if (!portion.error.empty()) return;
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
            portion.error = state.counted.error();
            if (!portion.error.empty()) portion.error += kNothingDone;
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

}  // namespace millrace::admin
