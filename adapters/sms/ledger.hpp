#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_set>

// What the adapter has to know after a restart: which pairs of numbers want no more messages, and which messages of
// durable routes were handed to the provider without a word of what became of them, so that none is sent twice.
//
// It is a file of lines, `stop SCOPE`, `start SCOPE`, `try NAME` and `free NAME`, of which the last about a thing
// holds. A line without its end was cut off, and says nothing. What is written stands the end of the process at once;
// stops and starts also that of the machine.
// Thread: one. Two generations of an adapter may have the same file.
namespace millrace::sms {

class Ledger {
  public:
    Ledger() = default;
    ~Ledger();
    Ledger(const Ledger&) = delete;

    // Throws std::runtime_error where the file cannot be read or written. Until then all is kept in memory alone.
    void open(const std::string& path);

    // `scope`: our number and the other side's. False: it could not be written down.
    bool stop(std::string_view scope);
    bool start(std::string_view scope);
    bool has_stopped(std::string_view scope) const { return stopped_.contains(std::string(scope)); }
    std::size_t stopped() const { return stopped_.size(); }

    // Of a message that comes again after a restart, by a name of its own: before it is handed to the provider, and
    // where that certainly does not have it. Of the others the newest kTriedMax are remembered.
    static constexpr std::size_t kTriedMax = 50'000;
    bool try_once(const std::string& name);
    void free(const std::string& name);
    bool was_tried(const std::string& name) const { return tried_.contains(name); }

  private:
    void read(std::string_view line);
    void add_tried(const std::string& name);
    void rewrite(const std::string& path);
    bool write(std::string_view verb, std::string_view what, bool is_synced);

    int file_ = -1;
    std::unordered_set<std::string> stopped_;
    std::unordered_set<std::string> tried_;
    std::deque<std::string> by_age_;  // Names of what was tried, the oldest first; some are free by now.
};

}  // namespace millrace::sms
