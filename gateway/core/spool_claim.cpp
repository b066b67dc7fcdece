#include "gateway/core/spool_claim.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "gateway/core/spool_checksum.hpp"

namespace millrace::spool {

// Two copies of the mark: a crash amid the writing of one leaves the other.
struct Claim::Page {
    struct Copy {
        Mark mark;
        std::int64_t checksum;

        bool is_whole() const { return checksum == spool::checksum("mark", mark.groups, mark.next_id); }
    };

    std::int64_t pid;
    Copy copies[2];
};

Result<Claim> Claim::take(const std::string& directory) {
    const std::string path = directory + "/claim";
    const auto failed = [&](const char* what) {
        return Error{fmt::format("cannot {} {}: {}", what, path, std::strerror(errno))};
    };
    if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) return failed("make the directory of");
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) return failed("open");
    Claim claim(fd, nullptr);
    const bool is_free = ::flock(fd, LOCK_EX | LOCK_NB) == 0;
    if (!is_free && errno != EWOULDBLOCK) return failed("lock");
    if (!is_free) {
        std::int64_t pid = 0;
        if (::pread(fd, &pid, sizeof pid, 0) != sizeof pid) pid = 0;
        return Error{
            fmt::format("the spool in {} is held by process {}, a gateway or a command that works on it: wait for "
                        "its end, stop it, or name another state_dir",
                        directory, pid)};
    }
    if (::posix_fallocate(fd, 0, sizeof(Page)) != 0) return failed("make room for");
    void* page = ::mmap(nullptr, sizeof(Page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (page == MAP_FAILED) return failed("map");
    claim.page_ = static_cast<Page*>(page);
    claim.page_->pid = ::getpid();
    return claim;
}

Claim::Claim(Claim&& other) noexcept : fd_(std::exchange(other.fd_, -1)), page_(std::exchange(other.page_, nullptr)) {}

Claim::~Claim() {
    if (page_) ::munmap(page_, sizeof(Page));
    if (fd_ >= 0) ::close(fd_);
}

Mark Claim::mark() const {
    Mark latest;
    for (const auto& copy : page_->copies) {
        if (copy.is_whole() && copy.mark.groups >= latest.groups) latest = copy.mark;
    }
    return latest;
}

void Claim::set_mark(const Mark& mark) {
    Page::Copy& copy = page_->copies[mark.groups % 2];
    copy.mark = mark;
    copy.checksum = checksum("mark", mark.groups, mark.next_id);
}

}  // namespace millrace::spool
