#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <utility>
#include <vector>

#include "gateway/base/prefetch.hpp"
#include "gateway/core/ids.hpp"

// Things that are named by an id: they never move, their slots are used again, and an id that has ended finds nothing.
//
// What is used for every event stands first in a T: it shares the first cache line with what finds it. Where there are
// thousands, they lie in huge pages, for a walk through the page tables costs more than the event.
// Thread: the loop that owns it.
namespace millrace {

template <class T> class Slab {
  public:
    Slab() = default;
    Slab(const Slab&) = delete;
    ~Slab() {
        each([this](std::uint32_t slot, T&) { cell(slot).destroy(); });
    }

    // A free slot, or nothing where all are taken. emplace() has to follow.
    std::optional<std::uint32_t> reserve() {
        if (!free_.empty()) {
            const std::uint32_t slot = free_.back();
            free_.pop_back();
            return slot;
        }
        if (size_ == Id::kSlotsMax) return std::nullopt;
        if (size_ == chunks_.size() * kChunk) grow();
        return size_++;
    }

    template <class... Arguments> T& emplace(std::uint32_t slot, Arguments&&... arguments) {
        Cell& taken = cell(slot);
        ++taken.generation;
        T* content = ::new (static_cast<void*>(taken.memory)) T(std::forward<Arguments>(arguments)...);
        taken.is_taken = true;
        return *content;
    }

    void erase(std::uint32_t slot) {
        cell(slot).destroy();
        ++cell(slot).generation;
        free_.push_back(slot);
    }

    T* find(std::uint32_t slot) { return slot < size_ && cell(slot).is_taken ? cell(slot).content() : nullptr; }

    T* find(Id id) { return id.slot < size_ && cell(id.slot).generation == id.generation ? find(id.slot) : nullptr; }

    // Has what is used for every event on its way from memory, be there something or not.
    void prefetch(std::uint32_t slot) {
        if (slot >= size_) return;
        const auto* lines = reinterpret_cast<const std::byte*>(&cell(slot));
        for (std::size_t line = 0; line < kHotLines; ++line) millrace::prefetch(lines + line * kLine);
    }

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
    static constexpr std::size_t kLine = 64;
    static constexpr std::size_t kHotLines = 3;
    static constexpr std::uint32_t kChunk = 256;
    static constexpr std::size_t kHugePage = 2 << 20;
    static constexpr std::size_t kSmallChunks = 16;  // Chunks behind them fill huge pages.

    struct alignas(kLine) Cell {
        std::uint32_t generation = 0;
        bool is_taken = false;
        alignas(8) std::byte memory[sizeof(T)];

        T* content() { return std::launder(reinterpret_cast<T*>(memory)); }
        void destroy() {
            if (std::exchange(is_taken, false)) content()->~T();
        }
    };
    static_assert(alignof(T) <= 8);

    struct Free {
        std::align_val_t alignment;
        void operator()(Cell* cells) const { ::operator delete(cells, alignment); }
    };

    Cell& cell(std::uint32_t slot) { return chunks_[slot / kChunk][slot % kChunk]; }

    void grow() {
        constexpr std::size_t kChunkBytes = kChunk * sizeof(Cell);
        static_assert(kChunkBytes <= kHugePage);
        const bool is_large = chunks_.size() >= kSmallChunks;
        const std::size_t count = is_large ? kHugePage / kChunkBytes : 1;
        const std::align_val_t alignment{is_large ? kHugePage : alignof(Cell)};
        const std::size_t bytes = is_large ? kHugePage : kChunkBytes;
        void* memory = ::operator new(bytes, alignment);
        if (is_large) ::madvise(memory, bytes, MADV_HUGEPAGE);
        blocks_.emplace_back(static_cast<Cell*>(memory), Free{alignment});
        std::uninitialized_default_construct_n(blocks_.back().get(), count * kChunk);
        for (std::size_t i = 0; i < count; ++i) chunks_.push_back(blocks_.back().get() + i * kChunk);
    }

    std::vector<std::unique_ptr<Cell, Free>> blocks_;
    std::vector<Cell*> chunks_;
    std::vector<std::uint32_t> free_;
    std::uint32_t size_ = 0;
};

}  // namespace millrace
