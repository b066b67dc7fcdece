#include "adapters/sms/ledger.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "adapters/common/percent.hpp"

namespace millrace::sms {
namespace {

constexpr std::string_view kHead = "millrace-sms 1";

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

Ledger::Ledger() : file_([this](std::string_view line) { read(line); }, [this](std::string& text) { add_all(text); }) {}

void Ledger::open(const std::string& path, std::int64_t now_s) {
    now_s_ = now_s;
    file_.open(path, kHead);
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
    if (name.empty() || awaited.asker.empty() || awaited.at_s + kAwaited_s <= now_s_) return;
    awaited_.insert_or_assign(name, std::move(awaited));
}

void Ledger::add_all(std::string& text) const {
    for (const std::string& scope : stopped_) LineFile::add_line(text, "stop " + scope);
    tried_.each([&text](const std::string& name) { LineFile::add_line(text, "try " + name); });
    said_.each([&text](const std::string& key) { LineFile::add_line(text, "said " + key); });
    for (const auto& [name, awaited] : awaited_) LineFile::add_line(text, "await " + words_of(name, awaited));
}

void Ledger::tend(std::int64_t now_s) {
    now_s_ = now_s;
    if (file_.has_grown())
        std::erase_if(awaited_, [now_s](const auto& it) { return it.second.at_s + kAwaited_s <= now_s; });
    file_.tend();
}

bool Ledger::write(std::string_view verb, std::string_view what, bool is_synced) {
    return file_.write(std::string(verb).append(" ").append(what), is_synced);
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
    if (!file_.is_open()) return;
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
