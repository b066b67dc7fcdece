#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

struct sqlite3_vfs;

// A disk under SQLite that loses power, fills up, or fails, as a test says. While it exists it is SQLite's default:
// what is opened then goes through it. It knows of each file what was synced and what only was written.
// Thread: one at a time, but for the counters.
namespace millrace::testing {

class FaultyDisk {
  public:
    FaultyDisk();
    ~FaultyDisk();
    FaultyDisk(const FaultyDisk&) = delete;

    // Writes, syncs and truncations that still work; behind them everything fails, as after a power cut.
    std::atomic<std::int64_t> operations_left{INT64_MAX};

    // Syncs that still work; the next one fails, once.
    std::atomic<std::int64_t> syncs_left{INT64_MAX};

    // By how many bytes files may still grow; a write that needs more fails as on a full disk.
    std::atomic<std::int64_t> bytes_left{INT64_MAX};

    // Syncs do nothing, as with `PRAGMA synchronous = OFF`.
    std::atomic<bool> ignores_sync{false};

    std::atomic<std::uint64_t> syncs{0};           // Of all files,
    std::atomic<std::uint64_t> database_syncs{0};  // and of databases alone: each is a checkpoint.

    // The power is cut: of what was written and not synced, each write is there, is not, or is torn at a sector, by
    // chance. Everything has to be closed. How many writes were lost or torn.
    std::size_t cut(std::mt19937& random);

    struct Write {
        std::int64_t offset = 0;
        std::string bytes;
        bool is_truncation = false;  // To `offset`.
    };
    struct File {
        std::string path;
        std::string synced;
        std::vector<Write> pending;
        bool is_database = false;
    };
    File& file(const std::string& path);
    void forget(const std::string& path) { files_.erase(path); }

  private:
    std::map<std::string, File> files_;
    std::unique_ptr<sqlite3_vfs> vfs_;
    sqlite3_vfs* before_ = nullptr;
};

}  // namespace millrace::testing
