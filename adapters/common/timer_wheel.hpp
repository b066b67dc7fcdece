#pragma once

#include <array>
#include <boost/intrusive/list.hpp>
#include <boost/intrusive/list_hook.hpp>
#include <cstdint>

// Deadlines for very many objects at the price of a list node each: a ring of slots, one a tick. It has no clock;
// whoever owns it says what time it is. Not thread-safe: one wheel a thread.
namespace millrace {

// What says what time it is: milliseconds of the steady clock.
std::int64_t steady_ms();

class TimerWheel {
  public:
    static constexpr std::int64_t kTickMs = 100;

    // Something with at most one deadline. Destroying it cancels.
    class Entry : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
      public:
        // The deadline has passed; it is no longer scheduled. May schedule, cancel or destroy any entry.
        virtual void on_timer() = 0;

      protected:
        virtual ~Entry() = default;

      private:
        friend TimerWheel;
        std::int64_t due_tick_ = 0;
    };

    explicit TimerWheel(std::int64_t now_ms) : tick_(now_ms / kTickMs), now_ms_(now_ms) {}

    // The time of the last advance.
    std::int64_t now_ms() const { return now_ms_; }

    // At `due_ms` or up to one tick later; what is due already fires at the next tick. Replaces an earlier deadline.
    void schedule(Entry& entry, std::int64_t due_ms);

    void cancel(Entry& entry) { entry.unlink(); }

    // Fires what has become due.
    void advance(std::int64_t now_ms);

  private:
    using Slot = boost::intrusive::list<Entry, boost::intrusive::constant_time_size<false>>;
    static constexpr std::size_t kSlotCount = 512;

    Slot& slot(std::int64_t tick) { return slots_[static_cast<std::size_t>(tick) % kSlotCount]; }
    void fire(Slot& slot);

    std::array<Slot, kSlotCount> slots_;
    std::int64_t tick_;  // the last one whose slot was fired
    std::int64_t now_ms_;
};

}  // namespace millrace
