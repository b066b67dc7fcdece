#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <utility>

// How far a source may be called read: up to the first of its messages that the gateway has not settled. Messages are
// handed over in the order of the source and settled in any, at once on `live` routes, on `durable` ones when they are
// on the disk. Not thread-safe.
namespace millrace::chat {

// `Position`: what a cursor says of the source once a message of it is settled: an offset, a time, an id.
template <class Position> class Progress {
  public:
    // One is about to be handed over. -> Its cookie, above 0.
    std::uint64_t begin(Position position) {
        open_.push_back({std::move(position), false});
        return first_ + open_.size() - 1;
    }

    // It is settled, for good. True: position() has moved. A cookie that is not open is passed over.
    bool settled(std::uint64_t cookie) {
        if (cookie < first_ || cookie - first_ >= open_.size()) return false;
        open_[cookie - first_].is_settled = true;
        if (cookie != first_) return false;
        for (; !open_.empty() && open_.front().is_settled; ++first_) {
            position_ = std::move(open_.front().position);
            open_.pop_front();
        }
        return true;
    }

    // Of the last message before which, and with which, all are settled. As it was made: none is yet.
    const Position& position() const { return position_; }
    // Handed over, and not settled or behind such a one.
    std::size_t open() const { return open_.size(); }

  private:
    struct Open {
        Position position;
        bool is_settled;
    };

    std::deque<Open> open_;
    std::uint64_t first_ = 1;  // The cookie of the first of them.
    Position position_{};
};

}  // namespace millrace::chat
