#pragma once

#include <cstdint>
#include <string>

#include "gateway/base/result.hpp"

// One process's hold on a spool's directory. Its file says who holds it, and, as a memory-mapped mark, how far that one
// has committed: a database that is found behind the mark has lost commits, which SQLite cannot know, for a damaged
// write-ahead log ends where the damage is. The mark is never ahead of the disk, for it is set behind the sync.
// Thread: the writer's.
namespace millrace::spool {

struct Mark {
    std::int64_t groups = 0;   // That are on the disk.
    std::int64_t next_id = 0;  // Ids below it may have been given.
};

class Claim {
  public:
    // Makes the directory where it is missing. Fails where another process holds it, and says which.
    static Result<Claim> take(const std::string& directory);
    ~Claim();
    Claim(Claim&& other) noexcept;
    Claim& operator=(Claim&&) = delete;

    Mark mark() const;
    void set_mark(const Mark& mark);

  private:
    struct Page;
    Claim(int fd, Page* page) : fd_(fd), page_(page) {}

    int fd_ = -1;
    Page* page_ = nullptr;
};

}  // namespace millrace::spool
