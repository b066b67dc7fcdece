#pragma once

#include <cstddef>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

// Which messages of the network a command has become: the sender's name for it (`client_id`), and the ids that the
// network gave, several where it was split. Both are unique within a conversation only, and are kept so.
//
// Bounded: the oldest goes. To outlive a restart it is saved as bytes, whole, or as one record for each change, which
// load() takes in any mixture. Not thread-safe.
namespace millrace::chat {

class IdMap {
  public:
    struct Entry {
        std::string conversation;
        std::string client_id;
        std::vector<std::string> message_ids;
    };

    explicit IdMap(std::size_t entries_max) : entries_max_(entries_max) {}

    // Replaces what it was before. -> The record of it.
    std::string put(Entry entry);

    // Null: it is not known.
    const Entry* find(std::string_view conversation, std::string_view client_id) const;
    const Entry* find_message(std::string_view conversation, std::string_view message_id) const;

    std::size_t size() const { return entries_.size(); }

    // All records, the oldest first.
    std::string save() const;

    // Adds them. False: they are damaged; those before the damage are there.
    bool load(std::string_view records);

  private:
    using Entries = std::list<Entry>;
    using Index = std::unordered_map<std::string, Entries::iterator>;

    void erase(Entries::iterator it);

    std::size_t entries_max_;
    Entries entries_;
    Index by_client_id_;  // By conversation and id.
    Index by_message_id_;
};

}  // namespace millrace::chat
