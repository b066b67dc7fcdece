#include "adapters/chat/common/id_map.hpp"

#include <cstdint>
#include <utility>

namespace millrace::chat {
namespace {

constexpr std::uint32_t kTextsMax = 1'000;  // In one record.

std::string key_of(std::string_view conversation, std::string_view id) {
    std::string key(conversation);
    key += '\0';
    return key += id;
}

// A record is its texts, each behind its size, behind their number: 32 bits, little-endian.
void append_number(std::string& out, std::size_t number) {
    for (unsigned shift = 0; shift < 32; shift += 8) out += static_cast<char>(number >> shift & 0xFF);
}

void append_text(std::string& out, std::string_view text) {
    append_number(out, text.size());
    out += text;
}

bool take_number(std::string_view& in, std::uint32_t& number) {
    if (in.size() < 4) return false;
    number = 0;
    for (unsigned i = 0; i < 4; ++i) number |= std::uint32_t{static_cast<unsigned char>(in[i])} << 8 * i;
    in.remove_prefix(4);
    return true;
}

bool take_text(std::string_view& in, std::string& text) {
    std::uint32_t size = 0;
    if (!take_number(in, size) || in.size() < size) return false;
    text = in.substr(0, size);
    in.remove_prefix(size);
    return true;
}

void append_record(std::string& out, const IdMap::Entry& entry) {
    append_number(out, 2 + entry.message_ids.size());
    append_text(out, entry.conversation);
    append_text(out, entry.client_id);
    for (const std::string& id : entry.message_ids) append_text(out, id);
}

bool take_record(std::string_view& in, IdMap::Entry& entry) {
    std::uint32_t texts = 0;
    if (!take_number(in, texts) || texts < 2 || texts > kTextsMax) return false;
    if (!take_text(in, entry.conversation) || !take_text(in, entry.client_id)) return false;
    entry.message_ids.resize(texts - 2);
    for (std::string& id : entry.message_ids) {
        if (!take_text(in, id)) return false;
    }
    return true;
}

}  // namespace

std::string IdMap::put(Entry entry) {
    if (entry.message_ids.size() > kTextsMax - 2) entry.message_ids.resize(kTextsMax - 2);
    std::string record;
    append_record(record, entry);
    std::string key = key_of(entry.conversation, entry.client_id);
    if (const auto found = by_client_id_.find(key); found != by_client_id_.end()) erase(found->second);
    if (entries_.size() >= entries_max_) erase(entries_.begin());
    const auto it = entries_.insert(entries_.end(), std::move(entry));
    by_client_id_.emplace(std::move(key), it);
    for (const std::string& id : it->message_ids) by_message_id_.insert_or_assign(key_of(it->conversation, id), it);
    return record;
}

const IdMap::Entry* IdMap::find(std::string_view conversation, std::string_view client_id) const {
    const auto found = by_client_id_.find(key_of(conversation, client_id));
    return found == by_client_id_.end() ? nullptr : &*found->second;
}

const IdMap::Entry* IdMap::find_message(std::string_view conversation, std::string_view message_id) const {
    const auto found = by_message_id_.find(key_of(conversation, message_id));
    return found == by_message_id_.end() ? nullptr : &*found->second;
}

std::string IdMap::save() const {
    std::string records;
    for (const Entry& entry : entries_) append_record(records, entry);
    return records;
}

bool IdMap::load(std::string_view records) {
    while (!records.empty()) {
        Entry entry;
        if (!take_record(records, entry)) return false;
        put(std::move(entry));
    }
    return true;
}

void IdMap::erase(Entries::iterator it) {
    by_client_id_.erase(key_of(it->conversation, it->client_id));
    for (const std::string& id : it->message_ids) {
        const auto found = by_message_id_.find(key_of(it->conversation, id));
        if (found != by_message_id_.end() && found->second == it) by_message_id_.erase(found);
    }
    entries_.erase(it);
}

}  // namespace millrace::chat
