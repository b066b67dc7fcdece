#pragma once

#include <chrono>
#include <cstdint>

#include "millrace/config.hpp"
#include "millrace/handler.hpp"
#include "millrace/message.hpp"
#include "millrace/operation.hpp"
#include "millrace/task.hpp"

// Consumers: what handles the events of a scope.
//
//     struct Echo : millrace::InlineConsumer {
//         void on_message(const millrace::Message& event) override { reply(event); }
//     };
//     MILLRACE_CONSUMER("echo", "1.0.0", Echo)      // from plugin.hpp, which this header includes
//
// Life       The gateway makes one instance for each scope. It gets on_connect, then each on_message, last
//            on_disconnect, one at a time; two instances may run at once. An instance is discarded with its scope, and
//            after a handler that has ended in retry: the next one is made anew and finds state() as the last handler
//            that succeeded has left it. So members are a cache; what has to survive is in state().
// Others     on_message also gets what was sent to a group that this instance has joined (group() says so) and what
//            other consumers have sent (sender() says who). on_timer, on_receipt and on_gap come between messages, see
//            handler.hpp.
// Channels   A scope need not have an outside: `bank:alice` is the scope `alice` of the consumer `bank`, opened by the
//            first message that is sent to it. Its on_connect asks nothing, so its answer changes nothing; a reply goes
//            to the sender of the event.
// Thread     Each base says where its handlers run. An instance never runs on two threads at once.
// Errors     Anything may be thrown: the delivery ends in retry, with the exception's text.
// Ownership  The gateway owns the instance; what an event shows ends with the handler, see message.hpp.
//
// What all instances of one configured consumer share is a nested type:
//
//     struct Audit : millrace::Consumer {
//         struct Shared {
//             explicit Shared(const millrace::Config& config);  // reads its keys (config.hpp) and does nothing else
//             void start();                                     // optional: opens files; throws where it cannot
//             void stop();                                      // optional: ends what start() has begun
//         };
//         explicit Audit(Shared& shared);
//
// Instances on several threads use one Shared at the same time. A consumer without Shared has no configuration.
namespace millrace::inline sdk {

namespace detail {

class Coroutine;

// Handlers that are plain functions.
class PlainConsumer : public Handler {
  public:
    virtual void on_connect(const Message&) {}
    virtual void on_message(const Message&) {}
    virtual void on_disconnect(const Message&) {}
    virtual void on_timer(const Message&) {}
    virtual void on_receipt(const Message&) {}
    virtual void on_gap(const Message&) {}
};

}  // namespace detail

// Handlers that may block: files, databases, anything. They run on the workers of the consumer's own pool.
class Consumer : public detail::PlainConsumer {
  public:
    static constexpr std::uint32_t kMode = MILLRACE_SYNC;
};

// Handlers that never block: they run on the loop that has read the event, and everything else of that loop waits for
// them. The fastest kind: no queue, no other thread.
class InlineConsumer : public detail::PlainConsumer {
  public:
    static constexpr std::uint32_t kMode = MILLRACE_ASYNC;
};

// Handlers that are coroutines on the scope's loop: they never block, but wait with co_await. Other scopes go on
// meanwhile; this one gets its next event when the handler is done.
//
//     millrace::Task on_message(millrace::Message event) override {
//         const auto row = co_await offload([&] { return lookup(event.text()); });  // on a worker; may block
//         co_await sleep(50ms);
//         reply(row);
//     }
//
// A delivery that has to end now is cancelled: the co_await throws Cancelled, at the latest the next one. Offloaded
// work that runs at that moment is waited for. Parameters are taken by value: what a coroutine refers to must live in
// its frame.
class AsyncConsumer : public Handler {
  public:
    static constexpr std::uint32_t kMode = MILLRACE_ASYNC;

    virtual Task on_connect(Message) { return {}; }
    virtual Task on_message(Message) { return {}; }
    virtual Task on_disconnect(Message) { return {}; }
    virtual Task on_timer(Message) { return {}; }
    virtual Task on_receipt(Message) { return {}; }
    virtual Task on_gap(Message) { return {}; }

  protected:
    // Goes on after this time, within the precision of the loop's timer.
    detail::Sleep sleep(std::chrono::microseconds time) {
        return {suspension_, MILLRACE_SLEEP, static_cast<std::uint64_t>(std::max<std::int64_t>(time.count(), 0))};
    }

    // Calls `function` on a worker and goes on with what it returns or throws. It may use what the coroutine's frame
    // has (capture by reference), but nothing that other instances share, and none of the handler's calls.
    template <class Function> detail::Offload<Function> offload(Function function) {
        return {suspension_, std::move(function)};
    }

  private:
    friend class detail::Coroutine;

    detail::Suspension suspension_{detail::Runner(*this)};
    Task task_;  // The handler that is suspended.
};

}  // namespace millrace::inline sdk

#include "millrace/plugin.hpp"
