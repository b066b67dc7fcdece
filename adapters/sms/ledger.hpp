#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "adapters/common/line_file.hpp"
#include "adapters/sms/newest_names.hpp"

// What the adapter has to know after a restart: which pairs of numbers want no more messages, and which messages have
// said that or its contrary; which messages of durable routes were handed to the provider without a word of what became
// of them, so that none is sent twice; and who waits for what the provider reports of which.
//
// It is a file of lines (line_file.hpp), `stop SCOPE`, `start SCOPE`, `said KEY`, `try NAME`, `free NAME`, `heard NAME`
// and `await NAME TIME ASKER SCOPE`. Stops and starts are on the disk before anybody hears of them.
// Thread: one. Two generations of an adapter may have the same file.
namespace millrace::sms {

class Ledger {
  public:
    Ledger();

    // Throws as LineFile::open. Until then all is kept in memory alone.
    // `now_s`, here and below: since 1970-01-01 UTC.
    void open(const std::string& path, std::int64_t now_s);

    // `scope`: our number and the other side's. False: it could not be written down.
    bool stop(std::string_view scope);
    bool start(std::string_view scope);
    bool has_stopped(std::string_view scope) const { return stopped_.contains(std::string(scope)); }
    std::size_t stopped() const { return stopped_.size(); }

    // Of a message that comes again after a restart, by a name of its own: before it is handed to the provider, and
    // where that certainly does not have it. Of the others the newest kTriedMax are remembered.
    static constexpr std::size_t kTriedMax = 50'000;
    bool try_once(const std::string& name);  // False: it could not be written down.
    void free(const std::string& name);
    bool was_tried(const std::string& name) const { return tried_.contains(name); }

    // Of a message that has said stop or start, by its key: it says so once, however often it comes. The newest
    // kSaidMax are remembered.
    static constexpr std::size_t kSaidMax = 50'000;
    void say(const std::string& key);
    bool was_said(const std::string& key) const;

    // Who waits for reports of a message that the provider calls `name`: known until it is heard, but for kAwaited_s.
    struct Awaited {
        std::int64_t at_s;  // Since when.
        std::string asker;  // Outgoing::asker,
        std::string scope;  // and asked_in.
    };
    static constexpr std::int64_t kAwaited_s = 3 * 24 * 3'600;
    void await(const std::string& name, Awaited awaited);
    void heard(const std::string& name);
    const Awaited* awaited(const std::string& name) const;  // Null: nobody does.

    // Reads what another generation has written since, and writes the file anew where most of it is of no use. To be
    // called now and then.
    void tend(std::int64_t now_s);

  private:
    void read(std::string_view line);
    void read_awaited(std::string_view line);
    void add_all(std::string& text) const;
    bool write(std::string_view verb, std::string_view what, bool is_synced);

    LineFile file_;
    std::int64_t now_s_ = 0;
    std::unordered_set<std::string> stopped_;
    std::unordered_set<std::string> unwritten_;  // Of those, what the file has not.
    NewestNames tried_{kTriedMax};
    NewestNames said_{kSaidMax};
    std::unordered_map<std::string, Awaited> awaited_;
};

}  // namespace millrace::sms
