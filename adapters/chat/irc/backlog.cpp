#include "adapters/chat/irc/backlog.hpp"

#include <algorithm>

namespace millrace::chat::irc {
namespace {

constexpr std::size_t kKeptBytes = 64 * 1024;  // Of memory, by one that is empty.

std::size_t size_of(const Normalised& event) {
    return event.payload.size() + event.fields.size() + event.author.size() + event.external_id.size();
}

}  // namespace

bool Backlog::has_room(const Normalised& event, const BacklogLimits& limits) const {
    if (empty()) return true;
    return size() < limits.messages && bytes_.size() - entries_[first_].begin + size_of(event) <= limits.bytes;
}

void Backlog::push(const Normalised& event, std::uint64_t cookie) {
    const auto size = [](std::string_view part) { return static_cast<std::uint32_t>(part.size()); };
    entries_.push_back({bytes_.size(), size(event.payload), size(event.fields), size(event.author),
                        size(event.external_id), event.hops, cookie, event.event});
    (((bytes_ += event.payload) += event.fields) += event.author) += event.external_id;
}

std::size_t Backlog::fill(std::span<millrace_submission> submissions, std::span<millrace_attribute> attributes) const {
    const std::size_t count = std::min({size(), submissions.size(), attributes.size() / kAttributes});
    for (std::size_t i = 0; i < count; ++i) {
        const Entry& entry = entries_[first_ + i];
        std::string_view rest = std::string_view(bytes_).substr(entry.begin);
        const auto next = [&rest](std::size_t size) {
            const std::string_view part = rest.substr(0, size);
            rest.remove_prefix(size);
            return part;
        };
        const std::string_view payload = next(entry.payload_size);
        const std::string_view fields = next(entry.fields_size);
        millrace_attribute* const own = &attributes[i * kAttributes];
        own[0] = {bytes("author"), bytes(next(entry.author_size))};
        own[1] = {bytes("event"), bytes(entry.event)};
        submissions[i] = {sizeof(millrace_submission),
                          MILLRACE_TEXT,
                          bytes(payload),
                          bytes(fields),
                          entry.cookie,
                          own,
                          kAttributes,
                          entry.hops,
                          bytes(next(entry.external_id_size)),
                          {},
                          0};
    }
    return count;
}

void Backlog::pop(std::size_t count) {
    first_ += count;
    if (empty()) {
        entries_.clear();
        first_ = 0;
        if (bytes_.capacity() > kKeptBytes)
            bytes_ = {};
        else
            bytes_.clear();
        return;
    }
    if (first_ < entries_.size() / 2) return;
    const std::size_t gone = entries_[first_].begin;
    bytes_.erase(0, gone);
    entries_.erase(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(first_));
    for (Entry& entry : entries_) entry.begin -= gone;
    first_ = 0;
}

}  // namespace millrace::chat::irc
