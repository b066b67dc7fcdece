#pragma once

#include <cstdint>
#include <utility>

#include "millrace/consumer.hpp"

// How events reach handlers: `deliver` of the border, for plain functions and for coroutines.
namespace millrace::inline sdk::detail {

inline const millrace_event& event_at(const millrace_event* events, std::uint32_t index, std::uint32_t stride) {
    const auto* first = reinterpret_cast<const std::uint8_t*>(events);
    return *reinterpret_cast<const millrace_event*>(first + std::size_t{index} * stride);
}

// Calls the handler of an event's kind.
template <class Target, class Event> auto dispatch(Target& target, std::uint32_t kind, Event&& event) {
    switch (kind) {
        case MILLRACE_CONNECT:
            return target.on_connect(std::forward<Event>(event));
        case MILLRACE_DISCONNECT:
            return target.on_disconnect(std::forward<Event>(event));
        case MILLRACE_TIMER:
            return target.on_timer(std::forward<Event>(event));
        case MILLRACE_RECEIPT:
            return target.on_receipt(std::forward<Event>(event));
        case MILLRACE_GAP:
            return target.on_gap(std::forward<Event>(event));
        default:
            return target.on_message(std::forward<Event>(event));
    }
}

inline std::uint32_t deliver(PlainConsumer& consumer, const millrace_event* events, std::uint32_t count,
                             std::uint32_t stride) noexcept {
    Runner runner(consumer);
    for (std::uint32_t i = 0; i < count; ++i) {
        const millrace_event& event = event_at(events, i, stride);
        runner.begin(event.token);
        try {
            dispatch(consumer, event.kind, Message(event, runner.delivery()));
        } catch (...) {
            runner.fail();
        }
        if (!runner.finish()) return i + 1;
    }
    return count;
}

class Coroutine {
  public:
    explicit Coroutine(AsyncConsumer& consumer) : consumer_(consumer), runner_(consumer) {}

    // Runs the handler up to its first wait or its end. Returns whether the next event may come.
    bool start(const millrace_event& event) noexcept {
        runner_.begin(event.token);
        try {
            const Message seen(event, runner_.delivery());
            consumer_.task_ = dispatch(consumer_, event.kind, Message(seen));
            consumer_.task_.start();
        } catch (...) {
            runner_.fail();
        }
        return finish_if_done();
    }

    void resumed(millrace_id operation, bool is_cancelled) noexcept {
        if (consumer_.suspension_.end(operation, is_cancelled)) finish_if_done();
    }

    void work() noexcept { consumer_.suspension_.work(); }

  private:
    bool finish_if_done() noexcept {
        if (!consumer_.task_.is_done()) return false;
        try {
            std::exchange(consumer_.task_, Task()).rethrow();
        } catch (...) {
            runner_.fail();
        }
        return runner_.finish();
    }

    AsyncConsumer& consumer_;
    Runner runner_;
};

inline std::uint32_t deliver(AsyncConsumer& consumer, const millrace_event* events, std::uint32_t count,
                             std::uint32_t stride) noexcept {
    for (std::uint32_t i = 0; i < count; ++i) {
        if (!Coroutine(consumer).start(event_at(events, i, stride))) return i + 1;
    }
    return count;
}

inline void resumed(PlainConsumer&, millrace_id, bool) noexcept {}
inline void resumed(AsyncConsumer& consumer, millrace_id operation, bool is_cancelled) noexcept {
    Coroutine(consumer).resumed(operation, is_cancelled);
}

inline void work(PlainConsumer&) noexcept {}
inline void work(AsyncConsumer& consumer) noexcept { Coroutine(consumer).work(); }

}  // namespace millrace::inline sdk::detail
