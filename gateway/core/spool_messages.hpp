#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "gateway/core/spool_bodies.hpp"
#include "gateway/core/spool_damage.hpp"
#include "gateway/core/spool_database.hpp"
#include "gateway/core/spool_facts.hpp"
#include "gateway/core/spool_records.hpp"

// The messages, each kept once, for as long as a delivery or a dead letter refers to it.
// Thread: the writer's, in a transaction.
namespace millrace::spool {

class Messages {
  public:
    Messages(Database& database, Facts& facts, Bodies& bodies, DamageLog& damage);

    // Gives it its id.
    void add(Message& message);

    // Nothing where there is none, or it is damaged: then it has been put aside, and what refers to it is the caller's
    // to end.
    std::optional<Message> read(std::int64_t id, std::int64_t now_us);

    // Removes it if nothing refers to it any more.
    void release(std::int64_t id);

    bool exists(std::int64_t id);

    // It is delivered however late that is.
    void lift_deadline(Message& message);

    // Whether a delivery or a dead letter refers to it.
    bool is_used(std::int64_t id);

    // When the oldest was created that has a delivery; 0: there is none.
    std::int64_t oldest_us();

    // The ids of those behind `id`, in order, at most `count`.
    std::vector<std::int64_t> ids_after(std::int64_t id, std::size_t count);

  private:
    void put_aside(std::int64_t id, std::int64_t now_us, std::string_view why, std::string_view content);
    void remove(std::int64_t id, std::int64_t bytes);

    Database& database_;
    Facts& facts_;
    Bodies& bodies_;
    DamageLog& damage_;
    Statement add_;
    Statement read_;
    Statement size_;
    Statement unused_;
    Statement remove_;
    Statement lift_deadline_;
    Statement oldest_;
    Statement ids_;
};

}  // namespace millrace::spool
