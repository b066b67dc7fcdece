#include "adapters/mqtt/outgoing.hpp"

namespace millrace::mqtt {

void Outgoing::append(std::string_view bytes) {
    if (bytes.empty()) return;
    if (!pieces_.empty() && !pieces_.back().foreign)
        pieces_.back().size += bytes.size();
    else
        pieces_.push_back({nullptr, own_.size(), bytes.size()});
    own_ += bytes;
}

void Outgoing::forward(std::string_view bytes) {
    if (bytes.empty()) return;
    if (!pieces_.empty() && pieces_.back().foreign && pieces_.back().foreign + pieces_.back().size == bytes.data())
        pieces_.back().size += bytes.size();
    else
        pieces_.push_back({bytes.data(), 0, bytes.size()});
}

std::span<const std::string_view> Outgoing::pieces() {
    views_.clear();
    for (const Piece& piece : pieces_)
        views_.emplace_back(piece.foreign ? piece.foreign : own_.data() + piece.offset, piece.size);
    return views_;
}

void Outgoing::clear() {
    own_.clear();
    pieces_.clear();
}

}  // namespace millrace::mqtt
