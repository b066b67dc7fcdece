#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

struct sqlite3;
struct sqlite3_stmt;

// SQLite as the spool sees it. A fault sticks: what comes behind it in the same transaction does nothing and answers
// "no", so that the code of a transaction reads straight down and asks once, at its end.
// Thread: one at a time.
namespace millrace::spool {

// What SQLite could not do.
struct Fault {
    enum class Kind {
        full,    // There was no room. Undone and tried again, the same may succeed.
        fatal,   // A read, a write or a sync failed, or the file is damaged: nothing that follows can be trusted.
        locked,  // Another process has it.
    };

    Kind kind = Kind::fatal;
    std::string text;
};

class Database {
  public:
    // Throws nothing: a file that cannot be opened is a fault.
    explicit Database(const std::string& path);
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    sqlite3* handle() { return handle_; }

    // Runs statements that answer nothing.
    void execute(const char* sql);

    // The first value that a statement answers, as a text; empty where there is none.
    std::string ask(const char* sql);

    const std::optional<Fault>& fault() const { return fault_; }
    void clear_fault() { fault_.reset(); }

    // Notes that `code` was answered, unless a fault stands already.
    void note(int code);
    void note(Fault fault) {
        if (!fault_) fault_ = std::move(fault);
    }

    // Rows that the last statement has changed.
    std::int64_t changes() const;

    // Rows that were changed since it was opened.
    std::int64_t total_changes() const;

    bool is_in_transaction() const;

    // Pages in the write-ahead log after the last commit.
    int log_pages() const { return log_pages_; }

    // Writes the log's pages into the database and syncs it.
    void checkpoint();

  private:
    sqlite3* handle_ = nullptr;
    const std::string path_;
    std::optional<Fault> fault_;
    int log_pages_ = 0;
};

// A prepared statement, kept for as long as its database.
class Statement {
  public:
    Statement(Database& database, const char* sql);
    ~Statement();
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;

    // Runs it with these values. Texts are borrowed for the call. How many rows it has changed.
    template <class... Values> std::int64_t run(const Values&... values) {
        bind(values...);
        return finish();
    }

    // Starts it with these values, which are borrowed until `end`. Then: while (next()) read columns.
    template <class... Values> Statement& query(const Values&... values) {
        bind(values...);
        return *this;
    }
    bool next();
    void end();

    // As query, for one row: whether there is one. The columns stay until the next use, or `end`.
    template <class... Values> bool find(const Values&... values) { return query(values...).next(); }

    // Of the row that is shown.
    std::int64_t integer(int column) const;
    std::uint64_t number(int column) const { return static_cast<std::uint64_t>(integer(column)); }
    std::string_view bytes(int column) const;
    std::string text(int column) const { return std::string(bytes(column)); }

  private:
    template <class... Values> void bind(const Values&... values) {
        end();
        int index = 0;
        (bind_one(++index, values), ...);
    }
    template <class Value> void bind_one(int index, const Value& value) {
        if constexpr (std::is_integral_v<Value>) {
            bind_integer(index, static_cast<std::int64_t>(value));
        } else {
            bind_bytes(index, value);
        }
    }
    void bind_integer(int index, std::int64_t value);
    void bind_bytes(int index, std::string_view value);
    std::int64_t finish();

    Database& database_;
    sqlite3_stmt* statement_ = nullptr;
    bool is_started_ = false;
};

}  // namespace millrace::spool
