#include "gateway/core/spool_bodies.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>
#include <utility>

namespace millrace::spool {
namespace {

std::string name_of(std::int64_t id) { return fmt::format("{}.body", id); }
std::string attached_name_of(std::int64_t id) { return fmt::format("{}.attached", id); }

class File {
  public:
    explicit File(int fd) : fd(fd) {}
    File(const File&) = delete;
    ~File() {
        if (fd >= 0) ::close(fd);
    }
    const int fd;
};

bool write_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto written = ::write(fd, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

bool read_all(int fd, std::string& bytes) {
    std::size_t done = 0;
    while (done < bytes.size()) {
        const auto got = ::read(fd, bytes.data() + done, bytes.size() - done);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return false;
        done += static_cast<std::size_t>(got);
    }
    return true;
}

}  // namespace

Result<Bodies> Bodies::open(const std::string& directory) {
    if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) {
        return Error{fmt::format("cannot make {}: {}", directory, std::strerror(errno))};
    }
    const int fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return Error{fmt::format("cannot open {}: {}", directory, std::strerror(errno))};
    return Bodies(directory, fd);
}

Bodies::Bodies(Bodies&& other) noexcept : directory_(std::move(other.directory_)), fd_(std::exchange(other.fd_, -1)) {}

Bodies::~Bodies() {
    if (fd_ >= 0) ::close(fd_);
}

std::optional<Fault> Bodies::write(std::int64_t id, std::string_view payload) {
    return write_as(id, name_of(id), payload);
}

std::optional<Fault> Bodies::attach(std::int64_t id, const BodyFile& body) {
    const std::string name = attached_name_of(id);
    if (!body.link(fd_, name)) return write_as(id, name, body.bytes());
    written_.push_back(id);
    if (::fsync(fd_) != 0) return fault("sync the directory of", name);
    return {};
}

std::optional<Fault> Bodies::write_as(std::int64_t id, const std::string& name, std::string_view bytes) {
    const std::string draft = name + ".new";
    const auto failed = [&](const char* what) {
        Fault found = fault(what, name);
        ::unlinkat(fd_, draft.c_str(), 0);
        return found;
    };
    const File file(::openat(fd_, draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (file.fd < 0) return failed("create");
    if (!write_all(file.fd, bytes)) return failed("write");
    if (::fsync(file.fd) != 0) return failed("sync");
    if (::renameat(fd_, draft.c_str(), fd_, name.c_str()) != 0) return failed("rename");
    written_.push_back(id);
    if (::fsync(fd_) != 0) return failed("sync the directory of");
    return {};
}

Fault Bodies::fault(const char* what, const std::string& name) const {
    const bool is_full = errno == ENOSPC || errno == EDQUOT;
    return {is_full ? Fault::Kind::full : Fault::Kind::fatal,
            fmt::format("cannot {} {}/{}: {}", what, directory_, name, std::strerror(errno))};
}

Result<std::string> Bodies::read(std::int64_t id, std::size_t size) const {
    const std::string name = name_of(id);
    const File file(::openat(fd_, name.c_str(), O_RDONLY | O_CLOEXEC));
    if (file.fd < 0) return Error{fmt::format("{}/{}: {}", directory_, name, std::strerror(errno))};
    struct stat status {};
    if (::fstat(file.fd, &status) != 0 || static_cast<std::size_t>(status.st_size) != size) {
        return Error{fmt::format("{}/{} has {} bytes, and had {}", directory_, name, status.st_size, size)};
    }
    std::string payload(size, '\0');
    if (!read_all(file.fd, payload)) return Error{fmt::format("{}/{} cannot be read", directory_, name)};
    return payload;
}

Result<BodyFilePtr> Bodies::attached(std::int64_t id, std::size_t size) const {
    auto body = BodyFile::open(fd_, attached_name_of(id), size);
    if (!body) return Error{fmt::format("{}: {}", directory_, body.error().text)};
    return BodyFilePtr(std::move(*body));
}

void Bodies::unlink(std::int64_t id) {
    ::unlinkat(fd_, name_of(id).c_str(), 0);
    ::unlinkat(fd_, attached_name_of(id).c_str(), 0);
}

void Bodies::committed() {
    for (const auto id : removed_) unlink(id);
    removed_.clear();
    written_.clear();
}

void Bodies::rolled_back() {
    for (const auto id : written_) unlink(id);
    removed_.clear();
    written_.clear();
}

Result<std::size_t> Bodies::sweep(const std::function<bool(std::int64_t)>& is_known) {
    const std::unique_ptr<DIR, int (*)(DIR*)> entries(::opendir(directory_.c_str()), &::closedir);
    if (!entries) return Error{fmt::format("cannot read {}: {}", directory_, std::strerror(errno))};
    std::size_t swept = 0;
    while (const dirent* entry = ::readdir(entries.get())) {
        const std::string_view name = entry->d_name;
        if (name.starts_with('.')) continue;
        std::int64_t id = 0;
        const auto parsed = std::from_chars(name.data(), name.data() + name.size(), id);
        const std::string_view rest(parsed.ptr, static_cast<std::size_t>(name.data() + name.size() - parsed.ptr));
        const bool is_body = parsed.ec == std::errc() && (rest == ".body" || rest == ".attached");
        const bool is_draft = parsed.ec == std::errc() && (rest == ".body.new" || rest == ".attached.new");
        if (!is_draft && (!is_body || is_known(id))) continue;
        if (::unlinkat(fd_, entry->d_name, 0) == 0) ++swept;
    }
    return swept;
}

}  // namespace millrace::spool
