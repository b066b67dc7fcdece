#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "gateway/core/spool_damage.hpp"
#include "gateway/core/spool_database.hpp"
#include "gateway/core/spool_deliveries.hpp"
#include "gateway/core/spool_facts.hpp"
#include "gateway/core/spool_messages.hpp"
#include "gateway/core/spool_records.hpp"

// Messages that will not be delivered any more, with the reason and everything that was tried, until a person or a
// limit removes them. The message itself stays where it is: a letter refers to it.
// Thread: the writer's, in a transaction.
namespace millrace::spool {

struct DeadLetterCount {
    std::int64_t letters = 0;
    std::int64_t bytes = 0;
};

class DeadLetterRows {
  public:
    DeadLetterRows(Database& database, Facts& facts, Messages& messages, Deliveries& deliveries, DamageLog& damage);

    // Gives it its id. `lane` and `position` name its history.
    void add(DeadLetter& letter, std::int64_t lane, std::int64_t position);

    // Looks at those behind `id`, at most `count`, whatever the filter takes of them.
    LetterPage list(const DeadLetterFilter& filter, std::int64_t id, std::size_t count, std::int64_t now_us);

    // With its message and its history. Nothing where there is none, or it is damaged.
    std::optional<DeadLetter> show(std::int64_t id, std::int64_t now_us);

    // Takes it out, with its history; its message stays until it is released. Whether there was one.
    bool take(std::int64_t id);

    // Whether there was one; its message goes with it.
    bool drop(std::int64_t id);

    // Drops the oldest: those from before `until_us`, and what comes to more than `bytes`; at most `count`. How many.
    std::size_t prune(std::int64_t until_us, std::int64_t bytes, std::size_t count);

    DeadLetterCount total() const { return total_; }

    // Counts them anew, after something was undone.
    void recount();

  private:
    struct Row {
        DeadLetter letter;
        std::int64_t lane = 0;
        std::int64_t position = 0;
        bool is_whole = false;
    };
    Row row_of(const Statement& statement) const;
    std::optional<Row> read(std::int64_t id, std::int64_t now_us);
    void put_aside(const DeadLetter& letter, std::int64_t now_us);

    Facts& facts_;
    Messages& messages_;
    Deliveries& deliveries_;
    DamageLog& damage_;
    Statement add_;
    Statement read_;
    Statement list_;
    Statement place_;
    Statement remove_;
    Statement oldest_;
    Statement sum_;
    DeadLetterCount total_;
};

}  // namespace millrace::spool
