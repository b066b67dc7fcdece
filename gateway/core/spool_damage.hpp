#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/core/spool_database.hpp"
#include "gateway/core/spool_facts.hpp"
#include "gateway/core/spool_records.hpp"

// Where rows go whose checksum is wrong: aside, with what can be said of them, for a person to look at.
// Thread: the writer's.
namespace millrace::spool {

class DamageLog {
  public:
    DamageLog(Database& database, Facts& facts);

    // `content`: what is left of the row. The row itself is the caller's to remove.
    void add(std::int64_t now_us, std::string_view what, std::string_view content = {});

    // Those behind `id`, at most `count`.
    std::vector<Damage> list(std::int64_t id = 0, std::size_t count = SIZE_MAX);
    std::int64_t count();

    bool is_inspection = false;  // What is added is undone again, and not logged.

  private:
    Facts& facts_;
    Statement add_;
    Statement list_;
    Statement count_;
};

}  // namespace millrace::spool
