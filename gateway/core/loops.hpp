#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "gateway/core/ids.hpp"

// All loops of the gateway, by the number that ids carry. They stay until the gateway ends, so that an id of a loop
// that was left still finds it. Thread: any.
namespace millrace {

class Dispatcher;

class Loops {
  public:
    static constexpr std::size_t kLoopsMax = Id::kLoopsMax;

    Loops();
    ~Loops();

    // Adds what make(index) makes, or returns null where there are kLoopsMax. Numbers begin with 1, so that no id is 0.
    template <class Make> Dispatcher* add(Make&& make) {
        std::lock_guard lock(mutex_);
        if (owned_.size() == kLoopsMax) return nullptr;
        const auto index = static_cast<std::uint16_t>(owned_.size() + 1);
        owned_.push_back(make(index));
        by_index_[index].store(owned_.back().get(), std::memory_order_release);
        size_.store(owned_.size(), std::memory_order_release);
        return owned_.back().get();
    }

    Dispatcher* find(std::uint16_t index) const { return by_index_[index].load(std::memory_order_acquire); }

    std::vector<Dispatcher*> all() const;
    std::size_t size() const { return size_.load(std::memory_order_acquire); }

    // Those that were there when it was asked.
    template <class Visit> void each(Visit&& visit) const {
        for (std::size_t index = 1, count = size(); index <= count; ++index) visit(*by_index_[index].load());
    }

  private:
    mutable std::mutex mutex_;
    std::vector<std::unique_ptr<Dispatcher>> owned_;
    std::array<std::atomic<Dispatcher*>, kLoopsMax + 1> by_index_{};
    std::atomic<std::size_t> size_{0};
};

}  // namespace millrace
