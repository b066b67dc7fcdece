#pragma once

#include <cstdint>

#include "gateway/core/spool_database.hpp"

// What the spool knows of itself without counting: one row, written with each group of transactions.
// Thread: the writer's.
namespace millrace::spool {

struct Totals {
    std::int64_t groups = 0;  // Commits, since the spool was made.
    std::int64_t next_id = 1;
    std::int64_t messages = 0;  // And commands.
    std::int64_t bytes = 0;     // Of messages: fields, payloads, bodies; of commands: all but their numbers.
    std::int64_t deliveries = 0;
    std::int64_t duplicates = 0;  // External ids that are remembered.
};

class Facts {
  public:
    explicit Facts(Database& database);

    // Reads the row, or makes it. One that is damaged or missing from a spool with content is counted anew, which takes
    // as long as reading all messages; whether it was so.
    bool read();
    void write();

    std::int64_t new_id() { return totals.next_id++; }

    Totals totals;

  private:
    void count();

    Database& database_;
    Statement read_;
    Statement write_;
};

}  // namespace millrace::spool
