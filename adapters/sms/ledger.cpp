#include "adapters/sms/ledger.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <system_error>

namespace millrace::sms {
namespace {

[[noreturn]] void fail(const std::string& path) { throw std::system_error(errno, std::generic_category(), path); }

bool write_all(int file, std::string_view bytes) {
    return ::write(file, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size());
}

}  // namespace

Ledger::~Ledger() {
    if (file_ >= 0) ::close(file_);
}

void Ledger::open(const std::string& path) {
    file_ = ::open(path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (file_ < 0) fail(path);
    std::ifstream in(path, std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    if (in.bad()) fail(path);
    std::size_t begin = 0;
    for (std::size_t end; (end = text.find('\n', begin)) != text.npos; begin = end + 1)
        read(std::string_view(text).substr(begin, end - begin));
    // Whoever has it alone may write it anew.
    if (::flock(file_, LOCK_EX | LOCK_NB) == 0)
        rewrite(path);
    else if (begin != text.size() && !write_all(file_, "\n"))
        fail(path);
    ::flock(file_, LOCK_SH);
}

void Ledger::read(std::string_view line) {
    const std::size_t blank = line.find(' ');
    if (blank == line.npos) return;
    const std::string_view verb = line.substr(0, blank);
    std::string what(line.substr(blank + 1));
    if (verb == "stop")
        stopped_.insert(std::move(what));
    else if (verb == "start")
        stopped_.erase(what);
    else if (verb == "try")
        add_tried(what);
    else if (verb == "free")
        tried_.erase(what);
}

void Ledger::add_tried(const std::string& name) {
    if (!tried_.insert(name).second) return;
    by_age_.push_back(name);
    for (; by_age_.size() > kTriedMax; by_age_.pop_front()) tried_.erase(by_age_.front());
}

void Ledger::rewrite(const std::string& path) {
    std::string text;
    for (const std::string& scope : stopped_) text += "stop " + scope + "\n";
    for (const std::string& name : by_age_) {
        if (tried_.contains(name)) text += "try " + name + "\n";
    }
    const std::string next = path + ".next";
    const int file = ::open(next.c_str(), O_RDWR | O_APPEND | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0) fail(next);
    const bool is_written =
        write_all(file, text) && ::fdatasync(file) == 0 && ::rename(next.c_str(), path.c_str()) == 0;
    if (!is_written) {
        ::close(file);
        fail(next);
    }
    ::close(file_);
    file_ = file;
}

bool Ledger::write(std::string_view verb, std::string_view what, bool is_synced) {
    if (file_ < 0) return true;
    std::string line(verb);
    ((line += ' ') += what) += '\n';
    return write_all(file_, line) && (!is_synced || ::fdatasync(file_) == 0);
}

bool Ledger::stop(std::string_view scope) { return !stopped_.emplace(scope).second || write("stop", scope, true); }

bool Ledger::start(std::string_view scope) {
    return stopped_.erase(std::string(scope)) == 0 || write("start", scope, true);
}

bool Ledger::try_once(const std::string& name) {
    add_tried(name);
    return write("try", name, false);
}

void Ledger::free(const std::string& name) {
    if (tried_.erase(name) != 0) write("free", name, false);
}

}  // namespace millrace::sms
