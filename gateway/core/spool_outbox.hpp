#pragma once

#include <cstdint>
#include <vector>

#include "gateway/core/spool_damage.hpp"
#include "gateway/core/spool_database.hpp"
#include "gateway/core/spool_facts.hpp"
#include "gateway/core/spool_records.hpp"

// Commands that have been committed and have no outcome yet.
// Thread: the writer's, in a transaction.
namespace millrace::spool {

class Outbox {
  public:
    Outbox(Database& database, Facts& facts, DamageLog& damage);

    // Gives it its id.
    void add(Command& command);

    // Those behind `id`, in the order in which they were committed, at most `count`; damaged ones are put aside.
    std::vector<Command> page(std::int64_t id, std::size_t count, std::int64_t now_us);

    // It has an outcome. The lane that it came from; 0: there is no such command.
    std::int64_t remove(std::int64_t id);

    std::int64_t count();

  private:
    void put_aside(const Command& command, std::int64_t now_us);

    Facts& facts_;
    DamageLog& damage_;
    Statement write_;
    Statement page_;
    Statement find_;
    Statement remove_;
    Statement count_;
};

}  // namespace millrace::spool
