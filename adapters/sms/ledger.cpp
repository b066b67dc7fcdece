#include "adapters/sms/ledger.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <system_error>
#include <utility>

#include "adapters/common/percent.hpp"

namespace millrace::sms {
namespace {

[[noreturn]] void fail(const std::string& path) { throw std::system_error(errno, std::generic_category(), path); }

bool write_all(int file, std::string_view bytes) {
    return ::write(file, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size());
}

struct stat status_of(int file) {
    struct stat status {};
    ::fstat(file, &status);
    return status;
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

bool is_at(int file, const std::string& path) {
    struct stat named {};
    return ::stat(path.c_str(), &named) == 0 && named.st_ino == status_of(file).st_ino;
}

std::string_view next_word(std::string_view& text) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    return word;
}

std::string words_of(const std::string& name, const Ledger::Awaited& awaited) {
    return percent_encoded(name) + " " + std::to_string(awaited.at_s) + " " + percent_encoded(awaited.asker) + " " +
           percent_encoded(awaited.scope);
}

}  // namespace

Ledger::~Ledger() {
    if (file_ >= 0) ::close(file_);
}

void Ledger::open(const std::string& path, std::int64_t now_s) {
    path_ = path;
    open_file();
    if (!read_on() || !rewrite(now_s)) fail(path);
}

// While it is shared nobody puts a new file in its place; until then it may happen.
void Ledger::open_file() {
    for (;;) {
        file_ = ::open(path_.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
        if (file_ < 0 || ::flock(file_, LOCK_SH) != 0) fail(path_);
        if (is_at(file_, path_)) return;
        ::close(file_);
    }
}

// What is not known yet. Lines of its own are read again among those of others, and the last about a thing holds.
bool Ledger::read_on() {
    const auto size = static_cast<std::uint64_t>(status_of(file_).st_size);
    if (size != read_to_ + own_bytes_) {
        std::string text;
        if (!read_all(file_, read_to_, text)) return false;
        std::size_t begin = 0;
        for (std::size_t end; (end = text.find('\n', begin)) != text.npos; begin = end + 1)
            read(std::string_view(text).substr(begin, end - begin));
        is_torn_ = begin != text.size();
        read_to_ += text.size();
    } else {
        read_to_ = size;
    }
    own_bytes_ = 0;
    return true;
}

void Ledger::read(std::string_view line) {
    const std::string_view verb = next_word(line);
    if (line.empty()) return;
    std::string what(line);
    if (verb == "stop")
        stopped_.insert(std::move(what));
    else if (verb == "start")
        stopped_.erase(what);
    else if (verb == "try")
        tried_.add(what);
    else if (verb == "free")
        tried_.erase(what);
    else if (verb == "said")
        said_.add(what);
    else if (verb == "heard")
        awaited_.erase(percent_decoded(what));
    else if (verb == "await")
        read_awaited(line);
}

void Ledger::read_awaited(std::string_view line) {
    const std::string name = percent_decoded(next_word(line));
    const std::string_view at = next_word(line);
    Awaited awaited{0, percent_decoded(next_word(line)), percent_decoded(line)};
    std::from_chars(at.data(), at.data() + at.size(), awaited.at_s);
    if (!name.empty() && !awaited.asker.empty()) awaited_.insert_or_assign(name, std::move(awaited));
}

std::string Ledger::text() const {
    std::string text;
    for (const std::string& scope : stopped_) text += "stop " + scope + "\n";
    tried_.each([&text](const std::string& name) { text += "try " + name + "\n"; });
    said_.each([&text](const std::string& key) { text += "said " + key + "\n"; });
    for (const auto& [name, awaited] : awaited_) text += "await " + words_of(name, awaited) + "\n";
    return text;
}

// Whoever has it alone may write it anew; who has it with another goes on with it. False: that failed.
bool Ledger::rewrite(std::int64_t now_s) {
    if (::flock(file_, LOCK_EX | LOCK_NB) != 0) return share_again();
    std::erase_if(awaited_, [now_s](const auto& it) { return it.second.at_s + kAwaited_s <= now_s; });
    const std::string bytes = text();
    const std::string next = path_ + ".next";
    const int file = ::open(next.c_str(), O_RDWR | O_APPEND | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    const bool is_written = file >= 0 && ::flock(file, LOCK_SH) == 0 && write_all(file, bytes) &&
                            ::fdatasync(file) == 0 && ::rename(next.c_str(), path_.c_str()) == 0;
    if (!is_written) {
        if (file >= 0) ::close(file);
        ::flock(file_, LOCK_SH);
        return false;
    }
    ::close(std::exchange(file_, file));
    read_to_ = new_bytes_ = bytes.size();
    own_bytes_ = 0;
    is_torn_ = false;
    return true;
}

// Asking to have it alone may have lost it for a moment, in which the other one has.
bool Ledger::share_again() {
    if (::flock(file_, LOCK_SH) != 0) return false;
    if (is_at(file_, path_)) return true;
    ::close(file_);
    open_file();
    read_to_ = own_bytes_ = 0;
    return read_on();
}

void Ledger::tend(std::int64_t now_s) {
    if (file_ < 0 || !read_on()) return;
    if (read_to_ <= 2 * new_bytes_ + kSlackBytes) return;
    if (!rewrite(now_s) || read_to_ > new_bytes_) new_bytes_ = read_to_;  // Not at once again.
}

bool Ledger::write(std::string_view verb, std::string_view what, bool is_synced) {
    if (file_ < 0) return true;
    std::string line(is_torn_ ? "\n" : "");
    (((line += verb) += ' ') += what) += '\n';
    const ssize_t size = ::write(file_, line.data(), line.size());
    own_bytes_ += size > 0 ? static_cast<std::uint64_t>(size) : 0;
    is_torn_ = size > 0 ? static_cast<std::size_t>(size) < line.size() : is_torn_;
    return size == static_cast<ssize_t>(line.size()) && (!is_synced || ::fdatasync(file_) == 0);
}

// It holds at once, and is written by the next who says so where it could not be.
bool Ledger::stop(std::string_view scope) {
    std::string name(scope);
    if (!stopped_.insert(name).second && !unwritten_.contains(name)) return true;
    if (!write("stop", scope, true)) return unwritten_.insert(std::move(name)), false;
    unwritten_.erase(name);
    return true;
}

bool Ledger::start(std::string_view scope) {
    const std::string name(scope);
    if (!stopped_.contains(name)) return true;
    if (!write("start", scope, true)) return false;
    stopped_.erase(name);
    unwritten_.erase(name);
    return true;
}

bool Ledger::try_once(const std::string& name) {
    if (!write("try", name, false)) return false;
    tried_.add(name);
    return true;
}

void Ledger::free(const std::string& name) {
    if (tried_.erase(name)) write("free", name, false);
}

void Ledger::say(const std::string& key) {
    const std::string name = percent_encoded(key);
    if (said_.contains(name)) return;
    said_.add(name);
    write("said", name, false);
}

bool Ledger::was_said(const std::string& key) const { return said_.contains(percent_encoded(key)); }

void Ledger::await(const std::string& name, Awaited awaited) {
    if (file_ < 0) return;
    write("await", words_of(name, awaited), false);
    awaited_.insert_or_assign(name, std::move(awaited));
}

void Ledger::heard(const std::string& name) {
    if (awaited_.erase(name) != 0) write("heard", percent_encoded(name), false);
}

const Ledger::Awaited* Ledger::awaited(const std::string& name) const {
    const auto found = awaited_.find(name);
    return found == awaited_.end() ? nullptr : &found->second;
}

}  // namespace millrace::sms
