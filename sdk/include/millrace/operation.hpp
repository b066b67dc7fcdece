#pragma once

#include <coroutine>
#include <cstdint>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

#include "millrace/handler.hpp"
#include "millrace/task.hpp"

// What a coroutine of a consumer can wait for: time, and work on another thread.
namespace millrace::inline sdk::detail {

class Suspension;

// One wait of one coroutine, in its frame while it lasts. The gateway ends it exactly once, on the loop, and not before
// work() has returned; so the frame that the work may refer to is there as long as the work is.
class Operation {
  public:
    Operation(Suspension& suspension, std::uint32_t kind, std::uint64_t arg)
        : suspension_(suspension), kind_(kind), arg_(arg) {}
    Operation(const Operation&) = delete;
    Operation& operator=(const Operation&) = delete;

    // The blocking part. Thread: a worker, while the coroutine is suspended.
    virtual void work() noexcept {}

    // Goes on with the coroutine. Thread: the loop.
    void resume(bool is_cancelled) {
        is_cancelled_ = is_cancelled;
        waiter_.resume();
    }

    bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> waiter);
    void await_resume() const {
        if (is_cancelled_) throw Cancelled();
    }

  protected:
    ~Operation() = default;

  private:
    Suspension& suspension_;
    std::uint32_t kind_;
    std::uint64_t arg_;
    std::coroutine_handle<> waiter_;
    bool is_cancelled_ = false;
};

// The wait that the coroutine of an instance is in, if it is.
class Suspension {
  public:
    explicit Suspension(Runner runner) : runner_(runner) {}

    // Returns whether `operation` was started. If not, the delivery has to end.
    bool begin(Operation& operation, std::uint32_t kind, std::uint64_t arg) {
        operation_ = &operation;
        const bool is_started = runner_.start_op(kind, arg, id_);
        if (!is_started) operation_ = nullptr;
        return is_started;
    }

    // Runs the coroutine up to its next wait or its end. Returns false where `id` is not what it waits for.
    bool end(millrace_id id, bool is_cancelled) {
        if (!operation_ || id != id_) return false;
        std::exchange(operation_, nullptr)->resume(is_cancelled);
        return true;
    }

    // Thread: a worker. Reads nothing that begin() writes once the operation is known to the gateway.
    void work() noexcept { operation_->work(); }

  private:
    Runner runner_;
    Operation* operation_ = nullptr;
    millrace_id id_ = 0;
};

inline bool Operation::await_suspend(std::coroutine_handle<> waiter) {
    waiter_ = waiter;
    const bool is_started = suspension_.begin(*this, kind_, arg_);
    if (!is_started) is_cancelled_ = true;
    return is_started;
}

class [[nodiscard]] Sleep final : public Operation {
  public:
    using Operation::Operation;
};

template <class Function> class [[nodiscard]] Offload final : public Operation {
  public:
    using Value = std::decay_t<std::invoke_result_t<Function&>>;

    Offload(Suspension& suspension, Function function)
        : Operation(suspension, MILLRACE_OFFLOAD, 0), function_(std::move(function)) {}

    void work() noexcept override {
        try {
            if constexpr (std::is_void_v<Value>)
                function_();
            else
                value_.emplace(function_());
        } catch (...) {
            error_ = std::current_exception();
        }
    }

    Value await_resume() {
        Operation::await_resume();
        if (error_) std::rethrow_exception(error_);
        if constexpr (!std::is_void_v<Value>) return std::move(*value_);
    }

  private:
    struct Nothing {};

    Function function_;
    std::optional<std::conditional_t<std::is_void_v<Value>, Nothing, Value>> value_;
    std::exception_ptr error_;
};

}  // namespace millrace::inline sdk::detail
