#include "gateway/core/spool_schema.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>

namespace millrace::spool {
namespace {

constexpr int kApplicationId = 0x4d524353;  // "MRCS": other databases are not taken for a spool.

constexpr const char* kFirstTables = R"(
    CREATE TABLE facts (
        id INTEGER PRIMARY KEY, groups INTEGER, next_id INTEGER, messages INTEGER, bytes INTEGER, deliveries INTEGER,
        duplicates INTEGER, checksum INTEGER);
    CREATE TABLE lanes (
        id INTEGER PRIMARY KEY, consumer, scope, prefix, checksum INTEGER, epoch INTEGER, seq INTEGER,
        place_checksum INTEGER, state, state_until INTEGER, state_checksum INTEGER);
    CREATE UNIQUE INDEX lanes_by_name ON lanes (scope, consumer);
    CREATE INDEX lanes_by_end ON lanes (state_until);
    CREATE TABLE messages (
        id INTEGER PRIMARY KEY, adapter, scope, external_id, route, fields, payload, body INTEGER,
        payload_kind INTEGER, "order" INTEGER, hops INTEGER, created INTEGER, deadline INTEGER, checksum INTEGER);
    CREATE TABLE deliveries (
        lane INTEGER, position INTEGER, message INTEGER, seq INTEGER, attempt INTEGER, crashes INTEGER, due INTEGER,
        checksum INTEGER, PRIMARY KEY (lane, position)) WITHOUT ROWID;
    CREATE INDEX deliveries_by_message ON deliveries (message);
    CREATE TABLE attempts (
        lane INTEGER, position INTEGER, attempt INTEGER, at INTEGER, code INTEGER, text, checksum INTEGER,
        PRIMARY KEY (lane, position, attempt)) WITHOUT ROWID;
    CREATE TABLE timers (
        lane INTEGER, name, due INTEGER, hops INTEGER, checksum INTEGER, PRIMARY KEY (lane, name)) WITHOUT ROWID;
    CREATE TABLE outbox (
        id INTEGER PRIMARY KEY, lane INTEGER, target, correlation INTEGER, bytes, attempt INTEGER, due INTEGER,
        checksum INTEGER);
    CREATE INDEX outbox_by_lane ON outbox (lane);
    CREATE TABLE cursors (source PRIMARY KEY, value, checksum INTEGER) WITHOUT ROWID;
    CREATE TABLE duplicates (
        id INTEGER PRIMARY KEY, key, at INTEGER, verdict INTEGER, code INTEGER, text, checksum INTEGER);
    CREATE UNIQUE INDEX duplicates_by_key ON duplicates (key);
    CREATE TABLE dead_letters (
        id INTEGER PRIMARY KEY, at INTEGER, message INTEGER, lane INTEGER, position INTEGER, consumer, scope, route,
        prefix, reason, code INTEGER, text, version, hash, attempts INTEGER, bytes INTEGER, checksum INTEGER);
    CREATE INDEX dead_letters_by_message ON dead_letters (message);
    CREATE TABLE damage (id INTEGER PRIMARY KEY, at INTEGER, what, content);
)";

// No gateway of version 1 wrote into its outbox.
constexpr const char* kOutboxWithoutAttempts = R"(
    DROP TABLE outbox;
    CREATE TABLE outbox (
        id INTEGER PRIMARY KEY, lane INTEGER, target, correlation INTEGER, bytes, checksum INTEGER);
    CREATE INDEX outbox_by_lane ON outbox (lane);
)";

constexpr const char* kBodies = R"(
    ALTER TABLE messages ADD COLUMN attached DEFAULT x'';
    ALTER TABLE messages ADD COLUMN attached_file INTEGER DEFAULT 0;
)";

// Number n leads from version n to n + 1.
constexpr std::array<const char*, kSchemaVersion> kMigrations = {kFirstTables, kOutboxWithoutAttempts, kBodies};

int to_int(const std::string& text) {
    int value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

Result<void> outcome(const Database& database) {
    if (!database.fault()) return {};
    return Error{"cannot open the spool " + database.fault()->text};
}

}  // namespace

Result<void> configure(Database& database) {
    database.execute(
        "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
        "PRAGMA cache_size = -16384; PRAGMA temp_store = MEMORY;"
        "PRAGMA cell_size_check = ON");
    const std::string mode = database.ask("PRAGMA journal_mode");
    const std::string synchronous = database.ask("PRAGMA synchronous");
    if (auto opened = outcome(database); !opened) return opened;
    if (mode == "wal" && synchronous == "2") return {};
    return Error{
        fmt::format("cannot open the spool: SQLite answers journal_mode {} and synchronous {} where wal and 2 "
                    "were asked for, so a commit would promise nothing; use the distribution's SQLite",
                    mode, synchronous)};
}

Result<void> migrate(Database& database) {
    const int version = to_int(database.ask("PRAGMA user_version"));
    const int application = to_int(database.ask("PRAGMA application_id"));
    const bool is_empty = database.ask("SELECT count(*) FROM sqlite_schema") == "0";
    if (auto opened = outcome(database); !opened) return opened;
    if (!is_empty && application != kApplicationId) {
        return Error{"cannot open the spool: its file is a database of something else; name another state_dir"};
    }
    if (version > kSchemaVersion) {
        return Error{
            fmt::format("cannot open the spool: a newer Millrace has written it (schema {}, this one knows {}); "
                        "run that one until the spool is empty, or name another state_dir",
                        version, kSchemaVersion)};
    }
    for (int next = version; next < kSchemaVersion; ++next) {
        database.execute("BEGIN IMMEDIATE");
        database.execute(kMigrations[static_cast<std::size_t>(next)]);
        database.execute(fmt::format("PRAGMA application_id = {}", kApplicationId).c_str());
        database.execute(fmt::format("PRAGMA user_version = {}", next + 1).c_str());
        database.execute("COMMIT");
    }
    return outcome(database);
}

}  // namespace millrace::spool
