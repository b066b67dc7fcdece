#include "adapters/common/line_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace millrace {
namespace {

constexpr std::string_view kEnd = " .";

[[noreturn]] void fail(const std::string& path) { throw std::system_error(errno, std::generic_category(), path); }

struct stat status_of(int file) {
    struct stat status {};
    ::fstat(file, &status);
    return status;
}

bool is_at(int file, const std::string& path) {
    struct stat named {};
    return ::stat(path.c_str(), &named) == 0 && named.st_ino == status_of(file).st_ino;
}

// From `begin` on. False: it could not be read.
bool read_all(int file, std::uint64_t begin, std::string& bytes) {
    std::array<char, 64 * 1024> buffer;
    for (ssize_t size;
         (size = ::pread(file, buffer.data(), buffer.size(), static_cast<off_t>(begin + bytes.size()))) != 0;) {
        if (size < 0) return false;
        bytes.append(buffer.data(), static_cast<std::size_t>(size));
    }
    return true;
}

bool write_all(int file, std::string_view bytes) {
    return ::write(file, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size());
}

}  // namespace

LineFile::~LineFile() {
    if (file_ >= 0) ::close(file_);
}

void LineFile::add_line(std::string& text, std::string_view line) { ((text += line) += kEnd) += '\n'; }

void LineFile::open(const std::string& path, std::string_view head) {
    path_ = path;
    (head_ = head) += '\n';
    open_file();
    if (!read_on() || !rewrite()) fail(path);
}

// While it is shared nobody puts a new file in its place; until then it may happen.
void LineFile::open_file() {
    for (;;) {
        file_ = ::open(path_.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
        if (file_ < 0 || ::flock(file_, LOCK_SH) != 0) fail(path_);
        if (is_at(file_, path_)) return;
        ::close(file_);
    }
}

// What is not known yet.
bool LineFile::read_on() {
    const auto size = static_cast<std::uint64_t>(status_of(file_).st_size);
    if (size == read_to_ + own_bytes_ && read_to_ != 0) {
        read_to_ = size;
        own_bytes_ = 0;
        return true;
    }
    std::string text;
    if (!read_all(file_, read_to_, text)) return false;
    std::size_t begin = read_to_ == 0 ? take_head(text) : 0;
    for (std::size_t end; (end = text.find('\n', begin)) != text.npos; begin = end + 1) {
        const std::string_view line = std::string_view(text).substr(begin, end - begin);
        if (line.ends_with(kEnd)) read_(line.substr(0, line.size() - kEnd.size()));
    }
    is_torn_ = begin != text.size();
    read_to_ += text.size();
    own_bytes_ = 0;
    return true;
}

// How much of the text it is.
std::size_t LineFile::take_head(std::string_view text) {
    const bool is_new = text.size() < head_.size() && std::string_view(head_).starts_with(text);
    if (!is_new && !text.starts_with(head_)) {
        const std::string what = head_.substr(0, head_.size() - 1);
        throw std::runtime_error(path_ + ": it does not begin with `" + what + "`; no other file may stand there");
    }
    missing_head_ = is_new ? head_.substr(text.size()) : std::string();
    return is_new ? text.size() : head_.size();
}

// Whoever has it alone may write it anew; who has it with another goes on with it. False: that failed.
bool LineFile::rewrite() {
    if (::flock(file_, LOCK_EX | LOCK_NB) != 0) return share_again();
    std::string text = head_;
    write_(text);
    const std::string next = path_ + ".next";
    const int file = ::open(next.c_str(), O_RDWR | O_APPEND | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    const bool is_written = file >= 0 && ::flock(file, LOCK_SH) == 0 && write_all(file, text) &&
                            ::fdatasync(file) == 0 && ::rename(next.c_str(), path_.c_str()) == 0;
    if (!is_written) {
        const int error = errno;
        if (file >= 0) ::close(file);
        ::flock(file_, LOCK_SH);
        errno = error;
        return false;
    }
    ::close(std::exchange(file_, file));
    read_to_ = new_bytes_ = text.size();
    own_bytes_ = 0;
    missing_head_.clear();
    is_torn_ = false;
    return true;
}

// Asking to have it alone may have lost it for a moment, in which the other one has.
bool LineFile::share_again() {
    if (::flock(file_, LOCK_SH) != 0) return false;
    if (is_at(file_, path_)) return true;
    ::close(file_);
    open_file();
    read_to_ = own_bytes_ = 0;
    return read_on();
}

void LineFile::tend() {
    if (!is_open() || !read_on() || !has_grown()) return;
    if (!rewrite() || read_to_ > new_bytes_) new_bytes_ = read_to_;  // Not at once again.
}

bool LineFile::write(std::string_view line, bool is_synced) {
    if (!is_open()) return true;
    std::string text = is_torn_ ? "\n" : missing_head_;
    add_line(text, line);
    const ssize_t size = ::write(file_, text.data(), text.size());
    own_bytes_ += size > 0 ? static_cast<std::uint64_t>(size) : 0;
    is_torn_ = size > 0 ? static_cast<std::size_t>(size) < text.size() : is_torn_;
    if (size == static_cast<ssize_t>(text.size())) missing_head_.clear();
    return size == static_cast<ssize_t>(text.size()) && (!is_synced || ::fdatasync(file_) == 0);
}

}  // namespace millrace
