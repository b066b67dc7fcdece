#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/core/spool_damage.hpp"
#include "gateway/core/spool_database.hpp"
#include "gateway/core/spool_facts.hpp"

// How messages have ended that their senders may send again, by the ids that these gave them.
// Thread: the writer's, in a transaction.
namespace millrace::spool {

// The answer that a resend gets, the first one.
struct Answer {
    std::uint32_t verdict = 0;
    std::uint32_t code = 0;
    std::string text;
};

class Duplicates {
  public:
    Duplicates(Database& database, Facts& facts, DamageLog& damage);

    std::optional<Answer> find(std::string_view adapter, std::string_view external_id, std::int64_t now_us);

    // Of one that is known the answer is replaced.
    void remember(std::string_view adapter, std::string_view external_id, const Answer& answer, std::int64_t now_us);

    // Forgets those from before `until_us` and the oldest above `kept`, at most `count` of them. How many it was.
    std::size_t prune(std::int64_t until_us, std::int64_t kept, std::size_t count);

  private:
    Facts& facts_;
    DamageLog& damage_;
    Statement find_;
    Statement add_;
    Statement remove_;
    Statement oldest_;
};

}  // namespace millrace::spool
