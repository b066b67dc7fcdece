#include "adapters/chat/common/ledger.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "adapters/common/base64.hpp"
#include "adapters/common/percent.hpp"

namespace millrace::chat {
namespace {

constexpr std::string_view kHead = "millrace-chat 1 ";

std::string line_of(std::string_view verb, std::string_view first, std::string_view second = {}) {
    std::string line(verb);
    (line += ' ') += first;
    if (!second.empty()) (line += ' ') += second;
    return line;
}

std::string cursor_line(std::string_view name, std::string_view value) {
    return line_of("cursor", percent_encoded(name), percent_encoded(value));
}

}  // namespace

Ledger::Ledger(std::size_t messages_max)
    : ids_(messages_max),
      file_([this](std::string_view line) { read(line); }, [this](std::string& text) { add_all(text); }) {}

void Ledger::open(const std::string& path, std::string_view owner) {
    file_.open(path, std::string(kHead) + percent_encoded(owner));
}

void Ledger::read(std::string_view line) {
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

void Ledger::add_all(std::string& text) const {
    for (const auto& [name, value] : cursors_) LineFile::add_line(text, cursor_line(name, value));
    if (ids_.size() > 0) LineFile::add_line(text, line_of("said", base64_encoded(ids_.save())));
}

bool Ledger::write(const std::string& line) {
    const bool is_written = file_.write(line, false);
    if (file_.has_grown()) file_.tend();
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
