#pragma once

#include <coroutine>
#include <exception>
#include <stdexcept>
#include <utility>

#include "millrace/detail/pool.hpp"

namespace millrace::inline sdk {

// What `co_await` throws when the delivery has to end now: the scope has closed, the time is up, the gateway stops. Not
// to be caught, as a rule: it unwinds the handler, and the delivery ends in retry.
struct Cancelled : std::runtime_error {
    Cancelled() : std::runtime_error("the delivery was cancelled") {}
};

// A coroutine that handles an event, or a part of one: `co_await helper(...)` runs another Task and goes on when it is
// done; what that has thrown comes out of the co_await.
//
// It starts when it is awaited or, returned by a handler, at once; it runs on the scope's loop and nowhere else. Frames
// come from a pool of the thread. A Task owns its frame: destroying it ends the coroutine where it is suspended.
// A Task that was never given a coroutine (`return {};`) has nothing to do.
class [[nodiscard]] Task {
  public:
    struct promise_type;
    using Handle = std::coroutine_handle<promise_type>;

    Task() = default;
    Task(Task&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
    Task& operator=(Task&& other) noexcept {
        std::swap(frame_, other.frame_);
        return *this;
    }
    ~Task() {
        if (frame_) frame_.destroy();
    }

    // For the SDK: runs a handler's Task up to its first suspension or its end.
    void start();
    bool is_done() const { return !frame_ || frame_.done(); }
    // REQUIRES: is_done(). Throws what the coroutine has thrown.
    void rethrow() const;

    struct Awaiter;
    Awaiter operator co_await() &&;

  private:
    explicit Task(Handle frame) : frame_(frame) {}

    Handle frame_;
};

struct Task::promise_type {
    // Whoever awaits this Task goes on when it is done.
    struct Final {
        bool await_ready() const noexcept { return false; }
        std::coroutine_handle<> await_suspend(Handle frame) const noexcept { return frame.promise().waiter; }
        void await_resume() const noexcept {}
    };

    Task get_return_object() { return Task(Handle::from_promise(*this)); }
    std::suspend_always initial_suspend() const noexcept { return {}; }
    Final final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    void unhandled_exception() noexcept { error = std::current_exception(); }

    static void* operator new(std::size_t size) { return detail::Pool::allocate(size); }
    static void operator delete(void* frame, std::size_t size) noexcept { detail::Pool::release(frame, size); }

    std::coroutine_handle<> waiter = std::noop_coroutine();
    std::exception_ptr error;
};

struct Task::Awaiter {
    Handle frame;

    bool await_ready() const noexcept { return !frame || frame.done(); }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<> waiter) const noexcept {
        frame.promise().waiter = waiter;
        return frame;
    }
    void await_resume() const {
        if (frame && frame.promise().error) std::rethrow_exception(frame.promise().error);
    }
};

inline Task::Awaiter Task::operator co_await() && { return {frame_}; }

inline void Task::start() {
    if (frame_) frame_.resume();
}

inline void Task::rethrow() const { Awaiter{frame_}.await_resume(); }

}  // namespace millrace::inline sdk
