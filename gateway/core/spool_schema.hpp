#pragma once

#include "gateway/base/result.hpp"
#include "gateway/core/spool_database.hpp"

// The spool's tables, and how those of an older Millrace become them. Every version of the schema has one migration,
// which runs in a transaction of its own; an older binary refuses a newer spool.
// Thread: the opener's.
namespace millrace::spool {

inline constexpr int kSchemaVersion = 3;

// Sets what the database promises (one exclusive connection, WAL, every commit synced) and asserts it.
Result<void> configure(Database& database);

// Brings the tables to kSchemaVersion. An empty database gets them.
Result<void> migrate(Database& database);

}  // namespace millrace::spool
