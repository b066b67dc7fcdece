#include "gateway/core/spool_facts.hpp"

#include "gateway/core/spool_checksum.hpp"

namespace millrace::spool {
namespace {

std::int64_t checksum_of(const Totals& totals) {
    return checksum("facts", totals.groups, totals.next_id, totals.messages, totals.bytes, totals.deliveries,
                    totals.duplicates);
}

// No id of any table may be given again.
constexpr const char* kLargestId =
    "SELECT max(coalesce((SELECT max(id) FROM lanes), 0), coalesce((SELECT max(id) FROM messages), 0),"
    " coalesce((SELECT max(position) FROM deliveries), 0), coalesce((SELECT max(id) FROM outbox), 0),"
    " coalesce((SELECT max(id) FROM duplicates), 0), coalesce((SELECT max(id) FROM dead_letters), 0),"
    " coalesce((SELECT max(id) FROM damage), 0))";

}  // namespace

Facts::Facts(Database& database)
    : database_(database),
      read_(database, "SELECT groups, next_id, messages, bytes, deliveries, duplicates, checksum FROM facts"),
      write_(database, "INSERT OR REPLACE INTO facts VALUES (1, ?, ?, ?, ?, ?, ?, ?)") {}

bool Facts::read() {
    if (read_.find()) {
        totals = {read_.integer(0), read_.integer(1), read_.integer(2),
                  read_.integer(3), read_.integer(4), read_.integer(5)};
        const bool is_whole = read_.integer(6) == checksum_of(totals);
        read_.end();
        if (is_whole) return false;
    }
    read_.end();
    if (database_.fault()) return false;
    count();
    return totals.next_id > 1;
}

void Facts::count() {
    const auto ask = [this](const char* sql) {
        Statement statement(database_, sql);
        return statement.find() ? statement.integer(0) : 0;
    };
    totals = {};
    totals.next_id = ask(kLargestId) + 1;
    totals.messages = ask("SELECT (SELECT count(*) FROM messages) + (SELECT count(*) FROM outbox)");
    totals.bytes = ask("SELECT sum(length(fields) + length(payload) + body + length(attached) + attached_file)"
                       " FROM messages") +
                   ask("SELECT sum(length(target) + length(bytes)) FROM outbox");
    totals.deliveries = ask("SELECT count(*) FROM deliveries");
    totals.duplicates = ask("SELECT count(*) FROM duplicates");
}

void Facts::write() {
    ++totals.groups;
    write_.run(totals.groups, totals.next_id, totals.messages, totals.bytes, totals.deliveries, totals.duplicates,
               checksum_of(totals));
}

}  // namespace millrace::spool
