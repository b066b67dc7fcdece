#include "gateway/core/spool_database.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

namespace millrace::spool {
namespace {

Fault::Kind kind_of(int code) {
    switch (code & 0xff) {
        case SQLITE_FULL:
            return Fault::Kind::full;
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return Fault::Kind::locked;
        default:
            return Fault::Kind::fatal;
    }
}

int note_log_pages(void* pages, sqlite3*, const char*, int count) {
    *static_cast<int*>(pages) = count;
    return SQLITE_OK;
}

// Before the process opens its first database: no statistics, which cost a lock for each allocation.
void initialise() {
    static const int once = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    static_cast<void>(once);
}

}  // namespace

Database::Database(const std::string& path) : path_(path) {
    initialise();
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    note(sqlite3_open_v2(path.c_str(), &handle_, flags, nullptr));
    if (fault_) return;
    if (sqlite3_db_readonly(handle_, "main") == 1) {
        fault_ = Fault{Fault::Kind::fatal, path_ + ": this process may not write to it"};
        return;
    }
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    sqlite3_wal_hook(handle_, &note_log_pages, &log_pages_);  // Its own hook would forget a sync that has failed.
}

Database::~Database() { sqlite3_close_v2(handle_); }

void Database::execute(const char* sql) {
    if (!fault_) note(sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr));
}

std::string Database::ask(const char* sql) {
    Statement statement(*this, sql);
    return statement.find() ? statement.text(0) : std::string();
}

void Database::note(int code) {
    if (fault_ || code == SQLITE_OK || code == SQLITE_ROW || code == SQLITE_DONE) return;
    const int system = sqlite3_system_errno(handle_);
    fault_ = Fault{kind_of(code), fmt::format("{}: {} (SQLite code {}{})", path_, sqlite3_errmsg(handle_), code,
                                              system ? fmt::format(", errno {}", system) : std::string())};
}

std::int64_t Database::changes() const { return sqlite3_changes64(handle_); }

std::int64_t Database::total_changes() const { return sqlite3_total_changes64(handle_); }

bool Database::is_in_transaction() const { return !sqlite3_get_autocommit(handle_); }

void Database::checkpoint() {
    log_pages_ = 0;
    if (!fault_) note(sqlite3_wal_checkpoint_v2(handle_, nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr));
}

Statement::Statement(Database& database, const char* sql) : database_(database) {
    if (database_.fault()) return;
    database_.note(sqlite3_prepare_v3(database_.handle(), sql, -1, SQLITE_PREPARE_PERSISTENT, &statement_, nullptr));
}

Statement::~Statement() { sqlite3_finalize(statement_); }

void Statement::bind_integer(int index, std::int64_t value) { sqlite3_bind_int64(statement_, index, value); }

void Statement::bind_bytes(int index, std::string_view value) {
    const char* data = value.data() ? value.data() : "";
    database_.note(sqlite3_bind_blob64(statement_, index, data, value.size(), SQLITE_STATIC));
}

bool Statement::next() {
    if (database_.fault()) return false;
    is_started_ = true;
    const int code = sqlite3_step(statement_);
    database_.note(code);
    return code == SQLITE_ROW;
}

void Statement::end() {
    if (std::exchange(is_started_, false)) sqlite3_reset(statement_);
}

std::int64_t Statement::finish() {
    while (next()) {
    }
    end();
    return database_.fault() ? 0 : database_.changes();
}

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(statement_, column); }

std::string_view Statement::bytes(int column) const {
    const void* data = sqlite3_column_blob(statement_, column);
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
    return data ? std::string_view(static_cast<const char*>(data), size) : std::string_view();
}

}  // namespace millrace::spool
