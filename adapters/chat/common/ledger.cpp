#include "adapters/chat/common/ledger.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "adapters/common/base64.hpp"
#include "adapters/common/percent.hpp"

namespace millrace::chat {
namespace {

constexpr std::string_view kHead = "millrace-chat 1 ";
constexpr std::string_view kEnd = " .";  // Of a line that was not cut off.
constexpr std::size_t kGrowMin = 1 << 20;
constexpr std::size_t kGrowFactor = 4;

[[noreturn]] void fail(const std::string& path) { throw std::system_error(errno, std::generic_category(), path); }

bool write_all(int file, std::string_view bytes) {
    return ::write(file, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size());
}

// Another generation may put a new file in its place meanwhile.
int open_and_share(const std::string& path) {
    for (;;) {
        const int file = ::open(path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
        if (file < 0 || ::flock(file, LOCK_SH) != 0) fail(path);
        struct stat ours {};
        struct stat named {};
        if (::fstat(file, &ours) == 0 && ::stat(path.c_str(), &named) == 0 && ours.st_ino == named.st_ino) return file;
        ::close(file);
    }
}

std::string line_of(std::string_view verb, std::string_view first, std::string_view second = {}) {
    std::string line(verb);
    (line += ' ') += first;
    if (!second.empty()) (line += ' ') += second;
    return (line += kEnd) += '\n';
}

std::string cursor_line(std::string_view name, std::string_view value) {
    return line_of("cursor", percent_encoded(name), percent_encoded(value));
}

}  // namespace

Ledger::~Ledger() {
    if (file_ >= 0) ::close(file_);
}

void Ledger::open(const std::string& path, std::string_view owner) {
    file_ = open_and_share(path);
    path_ = path;
    owner_ = owner;
    std::ifstream in(path, std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    if (in.bad()) fail(path);
    const std::string head = std::string(kHead) + percent_encoded(owner) + "\n";
    const bool is_new = text.size() < head.size() && head.starts_with(text);
    if (!is_new && !text.starts_with(head))
        throw std::runtime_error(path + ": it is not the state of `" + owner_ + "`; no other file may stand there");
    std::size_t begin = is_new ? text.size() : head.size();
    for (std::size_t end; (end = text.find('\n', begin)) != text.npos; begin = end + 1)
        read(std::string_view(text).substr(begin, end - begin));
    is_cut_ = begin != text.size();
    rewrite_if_alone();
}

// What says nothing is passed over.
void Ledger::read(std::string_view line) {
    if (!line.ends_with(kEnd)) return;
    line.remove_suffix(kEnd.size());
    std::array<std::string_view, 3> words;
    for (std::string_view& word : words) {
        word = line.substr(0, line.find(' '));
        line.remove_prefix(std::min(word.size() + 1, line.size()));
    }
    if (words[0] == "cursor") {
        const std::string name = percent_decoded(words[1]);
        if (words[2].empty())
            cursors_.erase(name);
        else if (cursors_.size() < kCursorsMax || cursors_.contains(name))
            cursors_[name] = percent_decoded(words[2]);
    } else if (words[0] == "said") {
        if (const auto records = base64_decoded(words[1])) ids_.load(*records);
    }
}

std::string Ledger::all() const {
    std::string text = std::string(kHead) + percent_encoded(owner_) + "\n";
    for (const auto& [name, value] : cursors_) text += cursor_line(name, value);
    if (ids_.size() > 0) text += line_of("said", base64_encoded(ids_.save()));
    return text;
}

// Whoever has it alone may.
void Ledger::rewrite_if_alone() {
    try {
        if (::flock(file_, LOCK_EX | LOCK_NB) == 0) rewrite();
    } catch (...) {
        ::flock(file_, LOCK_SH);
        throw;
    }
    ::flock(file_, LOCK_SH);
}

void Ledger::rewrite() {
    const std::string text = all();
    const std::string next = path_ + ".next";
    const int file = ::open(next.c_str(), O_RDWR | O_APPEND | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0) fail(next);
    const bool is_written = write_all(file, text) && ::fdatasync(file) == 0 && ::flock(file, LOCK_SH) == 0 &&
                            ::rename(next.c_str(), path_.c_str()) == 0;
    if (!is_written) {
        const int error = errno;
        ::close(file);
        errno = error;
        fail(next);
    }
    ::close(std::exchange(file_, file));
    grown_ = 0;
    grow_max_ = std::max(kGrowMin, kGrowFactor * text.size());
    is_cut_ = false;
}

bool Ledger::write(const std::string& line) {
    if (file_ < 0) return true;
    const bool is_written = write_all(file_, is_cut_ ? "\n" + line : line);
    is_cut_ = !is_written;
    grown_ += line.size();
    if (grown_ < grow_max_) return is_written;
    grown_ = 0;
    try {
        rewrite_if_alone();
    } catch (const std::exception&) {  // It stays as it is, and is tried again when it has grown once more.
    }
    return is_written;
}

bool Ledger::put(IdMap::Entry entry) { return write(line_of("said", base64_encoded(ids_.put(std::move(entry))))); }

std::string_view Ledger::cursor(std::string_view name) const {
    const auto found = cursors_.find(name);
    return found == cursors_.end() ? std::string_view() : std::string_view(found->second);
}

bool Ledger::move(std::string_view name, std::string_view value) {
    if (name.size() + value.size() > kValueBytesMax) return false;
    const auto found = cursors_.find(name);
    if (value.empty()) {
        if (found == cursors_.end()) return true;
        cursors_.erase(found);
        return write(cursor_line(name, {}));
    }
    if (found != cursors_.end()) {
        if (found->second == value) return true;
        found->second = value;
    } else {
        if (cursors_.size() >= kCursorsMax) return false;
        cursors_.emplace(name, value);
    }
    return write(cursor_line(name, value));
}

}  // namespace millrace::chat
