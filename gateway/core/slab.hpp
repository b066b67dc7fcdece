#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "gateway/core/ids.hpp"

// Things that are named by an id: they never move, their slots are used again, and an id that has ended finds nothing.
// Thread: the loop that owns it.
namespace millrace {

template <class T> class Slab {
  public:
    // A free slot, or nothing where all are taken. emplace() has to follow.
    std::optional<std::uint32_t> reserve() {
        if (!free_.empty()) {
            const std::uint32_t slot = free_.back();
            free_.pop_back();
            return slot;
        }
        if (size_ == Id::kSlotsMax) return std::nullopt;
        if (size_ % kChunk == 0) chunks_.push_back(std::make_unique<Cell[]>(kChunk));
        return size_++;
    }

    template <class... Arguments> T& emplace(std::uint32_t slot, Arguments&&... arguments) {
        ++cell(slot).generation;
        return cell(slot).content.emplace(std::forward<Arguments>(arguments)...);
    }

    void erase(std::uint32_t slot) {
        cell(slot).content.reset();
        ++cell(slot).generation;
        free_.push_back(slot);
    }

    T* find(std::uint32_t slot) { return slot < size_ && cell(slot).content ? &*cell(slot).content : nullptr; }

    T* find(Id id) { return id.slot < size_ && cell(id.slot).generation == id.generation ? find(id.slot) : nullptr; }

    // Grows with each insert and erase; whoever names parts of a T by it may let it grow further.
    // REQUIRES: the slot has been given out.
    std::uint32_t& generation(std::uint32_t slot) { return cell(slot).generation; }

    // Calls visit(slot, content).
    template <class Visit> void each(Visit&& visit) {
        for (std::uint32_t slot = 0; slot < size_; ++slot) {
            if (T* content = find(slot)) visit(slot, *content);
        }
    }

    std::size_t size() const { return size_ - free_.size(); }

  private:
    static constexpr std::uint32_t kChunk = 256;

    struct Cell {
        std::optional<T> content;
        std::uint32_t generation = 0;
    };

    Cell& cell(std::uint32_t slot) { return chunks_[slot / kChunk][slot % kChunk]; }

    std::vector<std::unique_ptr<Cell[]>> chunks_;
    std::vector<std::uint32_t> free_;
    std::uint32_t size_ = 0;
};

}  // namespace millrace
