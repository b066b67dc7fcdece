#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "gateway/core/spool_damage.hpp"
#include "gateway/core/spool_database.hpp"
#include "gateway/core/spool_facts.hpp"
#include "gateway/core/spool_messages.hpp"
#include "gateway/core/spool_records.hpp"

// Which messages are still to be handled by whom, in the order of each lane, and what has been tried.
// Thread: the writer's, in a transaction.
namespace millrace::spool {

// The next of a lane. Those that were damaged are no more: they have ended, and were not delivered.
struct Page {
    struct Entry {
        Delivery delivery;
        Message message;
    };

    std::vector<Entry> entries;
    std::size_t damaged = 0;
};

class Deliveries {
  public:
    Deliveries(Database& database, Facts& facts, Messages& messages, DamageLog& damage);

    // Puts the message at the end of the lane.
    void add(std::int64_t lane, Delivery& delivery);

    // The deliveries behind `position`, at most `count` of them, and no more once they have `bytes`: at least one.
    Page page(std::int64_t lane, std::int64_t position, std::size_t count, std::size_t bytes, std::int64_t now_us);

    // Nothing where there is none, or it is damaged and was put aside.
    std::optional<Delivery> read(std::int64_t lane, std::int64_t position, std::int64_t now_us);

    // Its next attempt is due at `delivery.due_us`; `attempt` says why the last has failed.
    void postpone(std::int64_t lane, const Delivery& delivery, const Attempt& attempt);

    // It has ended. Its message and its history stay.
    void remove(std::int64_t lane, std::int64_t position);

    void note(std::int64_t lane, std::int64_t position, const Attempt& attempt);
    std::vector<Attempt> history(std::int64_t lane, std::int64_t position);
    void forget_history(std::int64_t lane, std::int64_t position);

    // The first of a lane; nothing where it is empty.
    std::optional<Delivery> head(std::int64_t lane, std::int64_t now_us);

    // The position of the last of a lane; 0 where it is empty.
    std::int64_t last(std::int64_t lane);

    std::int64_t count();

    // Of one lane; where there are more than `most`, it is `most`.
    std::int64_t count_of(std::int64_t lane, std::int64_t most);

  private:
    void put_aside(std::int64_t lane, const Delivery& delivery, std::int64_t now_us);

    Facts& facts_;
    Messages& messages_;
    DamageLog& damage_;
    Statement add_;
    Statement page_;
    Statement read_;
    Statement postpone_;
    Statement remove_;
    Statement note_;
    Statement history_;
    Statement forget_;
    Statement count_;
    Statement count_of_;
    Statement last_;
};

}  // namespace millrace::spool
