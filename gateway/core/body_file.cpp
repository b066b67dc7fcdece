#include "gateway/core/body_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace millrace {
namespace {

Error failed(std::string_view what) { return Error{fmt::format("cannot {}: {}", what, std::strerror(errno))}; }

// On file systems that have no files without a name it loses the name that it is made with.
int make_nameless(const std::string& directory) {
    const int fd = ::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR)) return fd;
    std::string name = directory + "/body.XXXXXX";
    const int named = ::mkostemp(name.data(), O_CLOEXEC);
    if (named >= 0) ::unlink(name.c_str());
    return named;
}

}  // namespace

Result<std::shared_ptr<BodyFile>> BodyFile::create(const std::string& directory) {
    const int fd = make_nameless(directory);
    if (fd < 0) return failed("create a file in " + directory);
    return std::shared_ptr<BodyFile>(new BodyFile(fd));
}

Result<std::shared_ptr<BodyFile>> BodyFile::open(int directory, const std::string& name, std::size_t size) {
    const int fd = ::openat(directory, name.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return failed("open " + name);
    const std::shared_ptr<BodyFile> body(new BodyFile(fd));
    struct stat status {};
    if (::fstat(fd, &status) != 0) return failed("read " + name);
    body->size_ = static_cast<std::size_t>(status.st_size);
    if (body->size_ != size) return Error{fmt::format("{} has {} bytes, and had {}", name, body->size_, size)};
    if (auto sealed = body->seal(); !sealed) return sealed.error();
    return body;
}

BodyFile::~BodyFile() {
    if (map_) ::munmap(const_cast<char*>(map_), size_);
    ::close(fd_);
}

Result<void> BodyFile::append(std::string_view bytes) {
    if (is_sealed_) return Error{"it is sealed"};
    while (!bytes.empty()) {
        const ssize_t written = ::write(fd_, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return failed("write");
        size_ += static_cast<std::size_t>(written);
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

Result<void> BodyFile::seal() {
    if (is_sealed_) return Error{"it is sealed"};
    if (size_ != 0) {
        void* const map = ::mmap(nullptr, size_, PROT_READ, MAP_SHARED, fd_, 0);
        if (map == MAP_FAILED) return failed("map");
        map_ = static_cast<const char*>(map);
    }
    is_sealed_ = true;
    return {};
}

bool BodyFile::link(int directory, const std::string& name) const {
    if (::fsync(fd_) != 0) return false;
    return ::linkat(AT_FDCWD, fmt::format("/proc/self/fd/{}", fd_).c_str(), directory, name.c_str(),
                    AT_SYMLINK_FOLLOW) == 0;
}

}  // namespace millrace
