// What a spool is compared with, alone on the same disk. Prints one JSON line.
//   rows   The rows of T1 and T2 in as many transactions as a spool has taken, by nothing but SQLite, without
//          checksums; it knows beforehand what it will delete. BATCH messages share a T2.
//   sync   A file to which messages are appended one by one, each synced.
//   pace   The same file where messages come evenly, and one sync is for all that are due: what the disk makes of it.
#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <string_view>
#include <thread>

#include "bench/quantiles.hpp"
#include "gateway/core/spool.hpp"

namespace {

using namespace millrace;
using Watch = std::chrono::steady_clock;

double seconds_since(Watch::time_point begin) { return std::chrono::duration<double>(Watch::now() - begin).count(); }

[[noreturn]] void fail(const char* what) {
    std::fprintf(stderr, "bare: %s\n", what);
    std::exit(1);
}

struct Work {
    std::string directory;
    long messages = 0;
    std::size_t payload_bytes = 0;
    std::size_t fields_bytes = 0;
    long prefix_bytes = 0;  // Of a lane.
    long batch = 1;
    long groups = 1;
    long lanes = 1;
};

class Rows {
  public:
    explicit Rows(const Work& work)
        : work_(work), half_(std::max(1L, work.messages / work.groups)), fields_(work.fields_bytes, 'f'),
          payload_(work.payload_bytes, 'x') {
        make_tables();
        if (sqlite3_open((work.directory + "/spool.db").c_str(), &handle_) != SQLITE_OK) fail(sqlite3_errmsg(handle_));
        run("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
            "PRAGMA wal_autocheckpoint = 4096; PRAGMA cache_size = -16384");
        sqlite3_stmt* lane = prepare(
            "INSERT INTO lanes VALUES (?1, 'take', 'web:' || ?1, zeroblob(?2), 123456789, 0, 0, 123456789, x'', 0, "
            "123456789)");
        for (int i = 1; i <= work.lanes; ++i) step(lane, i, work.prefix_bytes);
        sqlite3_finalize(lane);
    }
    ~Rows() { sqlite3_close_v2(handle_); }
    Rows(const Rows&) = delete;
    Rows& operator=(const Rows&) = delete;

    void measure() {
        message_ = prepare(
            "INSERT INTO messages VALUES (?1, 'web', x'', x'', 'all', ?2, ?3, 0, 0, 0, 0, 1700000000000000, 0, "
            "123456789, x'', 0)");
        delivery_ = prepare("INSERT INTO deliveries VALUES (?1, ?2, ?3, 0, 1, 0, 0, 123456789)");
        no_delivery_ = prepare("DELETE FROM deliveries WHERE lane = ?1 AND position = ?2");
        no_message_ = prepare("DELETE FROM messages WHERE id = ?1");
        lane_ = prepare("UPDATE lanes SET seq = ?2 WHERE id = ?1");
        facts_ = prepare("UPDATE facts SET groups = groups + 1, next_id = ?1");
        const auto begin = Watch::now();
        for (long first = 0; first < work_.messages + half_; first += half_) {
            run("BEGIN IMMEDIATE");
            for (long i = first; i < first + half_; ++i) accept(i);
            for (long i = first - half_; i < first; ++i) conclude(i);
            step(facts_, 2 * first + 100);
            run("COMMIT");
        }
        std::printf("{\"messages_s\": %.0f}\n", static_cast<double>(work_.messages) / seconds_since(begin));
        for (auto* each : {message_, delivery_, no_delivery_, no_message_, lane_, facts_}) sqlite3_finalize(each);
    }

  private:
    void make_tables() const {
        auto opened = spool::Spool::open({.directory = work_.directory}, system_clock());
        if (!opened) fail(opened.error().text.c_str());
    }

    // A batch of messages goes to one lane.
    long lane_of(long i) const { return 1 + i / work_.batch % work_.lanes; }

    void accept(long i) {
        if (i >= work_.messages) return;
        sqlite3_bind_blob(message_, 2, fields_.data(), static_cast<int>(fields_.size()), SQLITE_STATIC);
        sqlite3_bind_blob(message_, 3, payload_.data(), static_cast<int>(payload_.size()), SQLITE_STATIC);
        step(message_, 2 * i + 100);
        sqlite3_bind_int64(delivery_, 3, 2 * i + 100);
        step(delivery_, lane_of(i), 2 * i + 101);
    }

    void conclude(long i) {
        if (i < 0 || i >= work_.messages) return;
        step(no_delivery_, lane_of(i), 2 * i + 101);
        step(no_message_, 2 * i + 100);
        if (i % work_.batch == 0) step(lane_, lane_of(i), i);
    }

    void run(const char* sql) {
        if (sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) fail(sqlite3_errmsg(handle_));
    }
    sqlite3_stmt* prepare(const char* sql) {
        sqlite3_stmt* statement = nullptr;
        if (sqlite3_prepare_v3(handle_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr) != SQLITE_OK)
            fail(sqlite3_errmsg(handle_));
        return statement;
    }
    void step(sqlite3_stmt* statement, long first, long second = -1) {
        sqlite3_bind_int64(statement, 1, first);
        if (second >= 0) sqlite3_bind_int64(statement, 2, second);
        if (sqlite3_step(statement) != SQLITE_DONE) fail(sqlite3_errmsg(handle_));
        sqlite3_reset(statement);
    }

    const Work& work_;
    const long half_;  // A group has as many T1s as T2s.
    const std::string fields_;
    const std::string payload_;
    sqlite3* handle_ = nullptr;
    sqlite3_stmt* message_ = nullptr;
    sqlite3_stmt* delivery_ = nullptr;
    sqlite3_stmt* no_delivery_ = nullptr;
    sqlite3_stmt* no_message_ = nullptr;
    sqlite3_stmt* lane_ = nullptr;
    sqlite3_stmt* facts_ = nullptr;
};

class Log {
  public:
    explicit Log(const Work& work)
        : message_(work.fields_bytes + work.payload_bytes, 'x'),
          file_(::open((work.directory + "/log").c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600)) {
        if (file_ < 0) fail(std::strerror(errno));
    }
    ~Log() { ::close(file_); }
    Log(const Log&) = delete;
    Log& operator=(const Log&) = delete;

    void sync_each(long messages) {
        bench::Quantiles syncs_us;
        const auto begin = Watch::now();
        for (long i = 0; i < messages; ++i) {
            write(1);
            const auto before = Watch::now();
            sync();
            syncs_us.add(static_cast<std::uint64_t>(seconds_since(before) * 1e6));
        }
        std::printf("{\"messages_s\": %.0f, \"sync_us\": %lu}\n", static_cast<double>(messages) / seconds_since(begin),
                    syncs_us.at(.5));
    }

    void keep_pace(long per_s, double seconds) {
        const std::chrono::duration<double> each(1 / static_cast<double>(per_s));
        bench::Quantiles latencies_us;
        const auto begin = Watch::now();
        const auto due = [&](long i) {
            return begin + std::chrono::duration_cast<Watch::duration>(static_cast<double>(i) * each);
        };
        for (long first = 0, next = 0; seconds_since(begin) < seconds; first = next) {
            std::this_thread::sleep_until(due(next));
            while (due(next) <= Watch::now()) ++next;
            write(next - first);
            sync();
            for (; first < next; ++first) latencies_us.add(static_cast<std::uint64_t>(seconds_since(due(first)) * 1e6));
        }
        std::printf("{\"p50_us\": %lu, \"p99_us\": %lu}\n", latencies_us.at(.5), latencies_us.at(.99));
    }

  private:
    void write(long messages) {
        std::string all;
        for (; messages > 0; --messages) all += message_;
        if (::write(file_, all.data(), all.size()) != static_cast<ssize_t>(all.size())) fail("a short write");
    }
    void sync() {
        if (::fsync(file_) != 0) fail(std::strerror(errno));
    }

    const std::string message_;
    const int file_;
};

}  // namespace

int main(int argc, char** argv) {
    const std::string_view kind = argc > 1 ? argv[1] : "";
    if (!(kind == "rows" && argc == 10) && !(kind == "sync" && argc == 6) && !(kind == "pace" && argc == 7)) {
        std::fprintf(stderr,
                     "usage: bare rows DIRECTORY MESSAGES PAYLOAD FIELDS PREFIX BATCH GROUPS LANES\n"
                     "       bare sync DIRECTORY MESSAGES PAYLOAD FIELDS\n"
                     "       bare pace DIRECTORY MESSAGES_A_SECOND PAYLOAD FIELDS SECONDS\n");
        return 2;
    }
    Work work;
    work.directory = std::string(argv[2]) + "/bare";
    work.messages = std::stol(argv[3]);
    work.payload_bytes = std::stoul(argv[4]);
    work.fields_bytes = std::stoul(argv[5]);
    std::filesystem::remove_all(work.directory);
    std::filesystem::create_directories(work.directory);
    if (kind == "rows") {
        work.prefix_bytes = std::stol(argv[6]);
        work.batch = std::stol(argv[7]);
        work.groups = std::stol(argv[8]);
        work.lanes = std::stol(argv[9]);
        Rows(work).measure();
    } else if (kind == "sync") {
        Log(work).sync_each(work.messages);
    } else {
        Log(work).keep_pace(work.messages, std::stod(argv[6]));
    }
    std::filesystem::remove_all(work.directory);
}
