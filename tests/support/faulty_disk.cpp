#include "tests/support/faulty_disk.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <new>

namespace millrace::testing {
namespace {

FaultyDisk* the_disk = nullptr;
sqlite3_vfs* the_real = nullptr;

struct OpenFile {
    sqlite3_file base;
    FaultyDisk::File* known;  // Null: a temporary one.
    sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

OpenFile& of(sqlite3_file* file) { return *reinterpret_cast<OpenFile*>(file); }
sqlite3_file* real_of(sqlite3_file* file) { return of(file).real(); }

bool has_power() { return the_disk->operations_left.fetch_sub(1) > 0; }

void replay(std::string& content, const FaultyDisk::Write& write) {
    const auto offset = static_cast<std::size_t>(write.offset);
    if (write.is_truncation) return content.resize(offset);
    if (content.size() < offset + write.bytes.size()) content.resize(offset + write.bytes.size());
    content.replace(offset, write.bytes.size(), write.bytes);
}

int close(sqlite3_file* file) { return real_of(file)->pMethods->xClose(real_of(file)); }

int read(sqlite3_file* file, void* data, int size, sqlite3_int64 offset) {
    return real_of(file)->pMethods->xRead(real_of(file), data, size, offset);
}

int file_size(sqlite3_file* file, sqlite3_int64* size) {
    return real_of(file)->pMethods->xFileSize(real_of(file), size);
}

int write(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset) {
    if (!has_power()) return SQLITE_IOERR_WRITE;
    sqlite3_int64 before = 0;
    file_size(file, &before);
    const auto growth = std::max<sqlite3_int64>(0, offset + size - before);
    if (growth > the_disk->bytes_left) return SQLITE_FULL;
    the_disk->bytes_left -= growth;
    if (of(file).known) {
        std::string bytes(static_cast<const char*>(data), static_cast<std::size_t>(size));
        of(file).known->pending.push_back({offset, std::move(bytes), false});
    }
    return real_of(file)->pMethods->xWrite(real_of(file), data, size, offset);
}

int truncate(sqlite3_file* file, sqlite3_int64 size) {
    if (!has_power()) return SQLITE_IOERR_TRUNCATE;
    if (of(file).known) of(file).known->pending.push_back({size, {}, true});
    return real_of(file)->pMethods->xTruncate(real_of(file), size);
}

int sync(sqlite3_file* file, int) {
    if (!has_power() || the_disk->syncs_left.fetch_sub(1) == 0) return SQLITE_IOERR_FSYNC;
    FaultyDisk::File* known = of(file).known;
    ++the_disk->syncs;
    if (known && known->is_database) ++the_disk->database_syncs;
    if (!known || the_disk->ignores_sync) return SQLITE_OK;
    for (const auto& each : known->pending) replay(known->synced, each);
    known->pending.clear();
    return SQLITE_OK;
}

int lock(sqlite3_file* file, int level) { return real_of(file)->pMethods->xLock(real_of(file), level); }
int unlock(sqlite3_file* file, int level) { return real_of(file)->pMethods->xUnlock(real_of(file), level); }
int is_reserved(sqlite3_file* file, int* result) {
    return real_of(file)->pMethods->xCheckReservedLock(real_of(file), result);
}
int control(sqlite3_file* file, int op, void* data) {
    return real_of(file)->pMethods->xFileControl(real_of(file), op, data);
}
int sector_size(sqlite3_file* file) { return real_of(file)->pMethods->xSectorSize(real_of(file)); }
int characteristics(sqlite3_file* file) { return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file)); }

// Version 1: without shared memory, which an exclusive connection does not need, and without memory-mapped pages.
const sqlite3_io_methods methods = {
    1,           close,           read,    write,   truncate, sync,    file_size, lock,   unlock, is_reserved, control,
    sector_size, characteristics, nullptr, nullptr, nullptr,  nullptr, nullptr,   nullptr};

int open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out) {
    new (file) OpenFile{};
    const int code = the_real->xOpen(the_real, name, real_of(file), flags, out);
    if (code != SQLITE_OK) return code;
    if (name) of(file).known = &the_disk->file(name);
    file->pMethods = &methods;
    return code;
}

// What is deleted stays so: a directory loses nothing here.
int remove(sqlite3_vfs*, const char* name, int sync_directory) {
    the_disk->forget(name);
    return the_real->xDelete(the_real, name, sync_directory);
}

}  // namespace

FaultyDisk::FaultyDisk() : before_(sqlite3_vfs_find(nullptr)) {
    the_disk = this;
    the_real = before_;
    vfs_ = std::make_unique<sqlite3_vfs>(*before_);
    vfs_->zName = "faulty_disk";
    vfs_->pNext = nullptr;
    vfs_->szOsFile = static_cast<int>(sizeof(OpenFile)) + before_->szOsFile;
    vfs_->xOpen = open;
    vfs_->xDelete = remove;
    sqlite3_vfs_register(vfs_.get(), 1);
}

FaultyDisk::~FaultyDisk() {
    sqlite3_vfs_unregister(vfs_.get());
    sqlite3_vfs_register(before_, 1);
    the_disk = nullptr;
}

FaultyDisk::File& FaultyDisk::file(const std::string& path) {
    File& file = files_[path];
    if (file.path.empty()) {
        file.path = path;
        file.is_database = path.ends_with(".db");
        std::ifstream content(path, std::ios::binary);
        file.synced.assign(std::istreambuf_iterator<char>(content), {});
    }
    return file;
}

std::size_t FaultyDisk::cut(std::mt19937& random) {
    constexpr std::size_t kSector = 512;
    std::size_t lost = 0;
    for (auto& [path, file] : files_) {
        const auto fate_of_all = random() % 3;  // All are lost, or each has a fate of its own.
        for (Write& write : file.pending) {
            const auto fate = fate_of_all == 0 ? 0 : random() % 3;
            if (fate != 2) ++lost;
            if (fate == 0) continue;
            if (fate == 1) write.bytes.resize(std::min(write.bytes.size(), kSector * (1 + random() % 8)));
            replay(file.synced, write);
        }
        std::ofstream(path, std::ios::binary | std::ios::trunc) << file.synced;
    }
    files_.clear();
    return lost;
}

}  // namespace millrace::testing
