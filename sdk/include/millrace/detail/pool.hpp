#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <new>

// Memory for coroutine frames and copied messages: freed blocks wait in lists of the thread that freed them, so that a
// handler in its stride asks the heap for nothing. Thread: any; a block may be freed on another thread than its own.
namespace millrace::inline sdk::detail {

class Pool {
  public:
    static void* allocate(std::size_t size) {
        const std::size_t index = class_of(size);
        if (index >= kClasses) return ::operator new(size);
        List& list = lists()[index];
        if (!list.first) return ::operator new(kSmallest << index);
        --list.count;
        Free* block = list.first;
        list.first = block->next;
        return block;
    }

    static void release(void* block, std::size_t size) noexcept {
        const std::size_t index = class_of(size);
        if (index >= kClasses || !may_keep() || lists()[index].count >= kKeptBytes / (kSmallest << index)) {
            return ::operator delete(block);
        }
        List& list = lists()[index];
        list.first = new (block) Free{list.first};
        ++list.count;
    }

  private:
    struct Free {
        Free* next;
    };
    struct List {
        Free* first = nullptr;
        std::size_t count = 0;
    };

    static constexpr std::size_t kSmallest = 256;
    static constexpr std::size_t kClasses = 7;  // up to 16 KiB
    static constexpr std::size_t kKeptBytes = 256 << 10;
    using Lists = std::array<List, kClasses>;

    // Sanitizers see the use of freed memory only where it really is freed.
#ifdef __SANITIZE_ADDRESS__
    static constexpr bool kPooled = false;
#else
    static constexpr bool kPooled = true;
#endif

    static std::size_t class_of(std::size_t size) {
        return static_cast<std::size_t>(std::bit_width((std::max(size, kSmallest) - 1) / kSmallest));
    }

    // The lists have no destructor, so that a block may still be freed when the thread's other objects are gone.
    static Lists& lists() {
        static thread_local constinit Lists lists{};
        return lists;
    }

    struct Drain {
        bool open = kPooled;

        ~Drain() {
            open = false;
            for (List& list : lists()) {
                while (Free* block = list.first) list.first = block->next, ::operator delete(block);
            }
        }
    };

    static bool may_keep() {
        static thread_local Drain drain;
        return drain.open;
    }
};

}  // namespace millrace::inline sdk::detail
