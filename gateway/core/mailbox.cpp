#include "gateway/core/mailbox.hpp"

#include <algorithm>
#include <cstring>
#include <new>

namespace millrace {

Event Event::make(const Head& head, millrace_bytes event, millrace_bytes payload, SettlementPtr settlement,
                  std::unique_ptr<Parcel> parcel, const Body& body) {
    const std::uint64_t copied = body.file ? 0 : body.bytes.size;
    void* memory = ::operator new(sizeof(Block) + event.size + payload.size + copied);
    Event made;
    made.block_ = new (memory) Block{1,
                                     static_cast<std::uint32_t>(event.size),
                                     payload.size,
                                     head,
                                     std::move(settlement),
                                     std::move(parcel),
                                     body.bytes,
                                     body.file};
    auto* bytes = reinterpret_cast<std::uint8_t*>(made.block_ + 1);
    if (event.size) std::memcpy(bytes, event.data, event.size);
    if (payload.size) std::memcpy(bytes + event.size, payload.data, payload.size);
    if (copied) {
        made.block_->body.data = bytes + event.size + payload.size;
        std::memcpy(bytes + event.size + payload.size, body.bytes.data, copied);
    }
    return made;
}

void Event::release() {
    if (!block_ || --block_->owners != 0) return;
    block_->~Block();
    ::operator delete(block_);
}

void Mailbox::push(Event event, std::uint64_t seq, const DiskPlace& place) {
    if (is_bounded(event)) {
        ++messages_;
        bytes_ += event.size();
    }
    entries_.push_back({std::move(event), seq, place.attempt, place.position, place.due_us});
}

std::vector<Mailbox::Entry> Mailbox::take_messages(std::size_t kept) {
    const auto first = entries_.begin() + static_cast<std::ptrdiff_t>(head_ + std::min(kept, size()));
    const auto rest = std::stable_partition(first, entries_.end(), [](const Entry& e) { return !is_message(e.event); });
    std::vector<Entry> taken(std::make_move_iterator(rest), std::make_move_iterator(entries_.end()));
    entries_.erase(rest, entries_.end());
    for (const Entry& entry : taken) count_out(entry.event);
    return taken;
}

void Mailbox::count_out(const Event& event) {
    if (!is_bounded(event)) return;
    --messages_;
    bytes_ -= event.size();
}

void Mailbox::pop(std::size_t count) {
    for (; count > 0; --count, ++head_) {
        Entry& entry = entries_[head_];
        count_out(entry.event);
        entry.event = {};
    }
    if (head_ == entries_.size()) {
        head_ = 0;
        // A flood that is over leaves no memory behind.
        if (entries_.capacity() > 64) {
            entries_ = {};
        } else {
            entries_.clear();
        }
    } else if (head_ >= 64 && head_ * 2 >= entries_.size()) {
        entries_.erase(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(head_));
        head_ = 0;
    }
}

}  // namespace millrace
