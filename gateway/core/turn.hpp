#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/core/job.hpp"
#include "gateway/core/outbox.hpp"
#include "gateway/core/poison_journal.hpp"
#include "gateway/core/scope.hpp"
#include "millrace/abi.h"

// One run of an instance: up to 64 events are shown to its consumer, whose commands and verdicts are collected.
//
// On the loop (async consumers) it is run in place; for a sync consumer it travels to a worker and back, and the worker
// touches nothing of the gateway but the turn. While it runs it is the thread's current turn, which is how record() and
// complete() find it without a look-up.
namespace millrace {

class Delivery;

inline constexpr std::uint32_t kTurnEvents = 64;       // Contract B3: an instance has its turn for 64 events
inline constexpr std::int64_t kTurnDuration_us = 500;  // or 500 us.

class Turn final : public Job {
  public:
    // A verdict that is not ACK.
    struct Refusal {
        std::uint32_t index = 0;
        std::uint32_t verdict = 0;
        std::uint32_t code = 0;
        std::string text;
    };

    // Ends a handler whose time is over.
    static constexpr std::string_view kOverdueText = "the handler took longer than the route's timeout";

    explicit Turn(Delivery& delivery) : delivery_(delivery) {}

    // The turn that runs on this thread, or null.
    static Turn* current();

    // [loop] Prepares a run of `instance`, whose deliveries get tokens from `first_token` on.
    void begin(Instance& instance, millrace_id first_token);

    // [loop] Shows one more event. `parcel`: what it came in, or null. `position`: where it stands on the disk, or 0.
    // Returns how many there are.
    std::uint32_t add(const Event::Head& head, std::uint64_t seq, std::uint32_t attempt, millrace_bytes event,
                      millrace_bytes payload, millrace_bytes body = {}, Parcel* parcel = nullptr,
                      std::int64_t position = 0);

    // [loop or worker] Hands the events to the consumer until they are taken, one is suspended or has to come again, or
    // the turn's time is over.
    void run();

    // [loop] Continues the suspended delivery of `instance`: `call` resumes its handler.
    template <class Call> void resume(Instance& instance, Call&& call) {
        begin(instance, instance.draft.token);
        const Event& event = instance.mailbox[0].event;
        kind_ = event.head().kind;
        events_[0].event = event.event();
        causes_[0] = {event.parcel(), event.head().hops, instance.mailbox[0].position};
        draft_ = std::move(instance.draft);
        outbox_.take(draft_.outbox);
        {
            Current guard(*this);
            const Note note(delivery_, instance, causes_[0].position);
            call();
            suspended_ = completed_ == 0;
            close_where_due();
        }
    }

    // [loop, while it is on a worker] Where the handler that runs was called before `since_us`: tells it to end, and
    // makes its end worth nothing. Whether it was so.
    bool expire(std::int64_t since_us);

    // [loop] When the handler that runs on a worker was called, or `otherwise` where none was yet.
    std::int64_t began_us(std::int64_t otherwise) const {
        const auto began_us = began_us_.load();
        return began_us == 0 ? otherwise : began_us;
    }

    // [loop, while it is on a worker] Tells the handler that runs to end, and begins none of the messages behind it.
    void cancel();

    // What the handler calls, on the thread that runs it.
    std::int32_t record(const millrace_command& command);
    millrace_status complete(const millrace_outcome& outcome);
    millrace_status start_op(std::uint32_t kind, std::uint64_t arg, millrace_id& op);
    millrace_status set_state(millrace_bytes state);
    millrace_id token() const { return draft_.token; }

    Instance& instance() const { return *instance_; }
    std::uint32_t kind() const { return kind_; }
    bool is_edge() const { return kind_ == MILLRACE_CONNECT || kind_ == MILLRACE_DISCONNECT; }  // They come once.
    std::uint32_t count() const { return count_; }
    std::int64_t position(std::uint32_t index) const { return causes_[index].position; }  // On the disk, or 0.
    std::uint32_t completed() const { return completed_; }  // The handlers of the first so many have ended.
    std::uint32_t ended() const {                           // Those of them that will not come again.
        return completed_ - (wants_retry() && !is_edge() ? 1 : 0);
    }
    bool is_suspended() const { return suspended_; }               // The one after those has begun and not ended.
    bool wants_retry() const { return stopped_; }                  // The last of those that ended has to come again.
    const PortPtr& wanted_at() const { return wanted_at_; }        // It has to come again for want of room here,
    Amount wanted() const { return wanted_; }                      // this much.
    Hold take_grant() { return std::exchange(draft_.grant, {}); }  // That no handler has used.
    Draft suspend();  // What the suspended one has so far; outbox() is left with what is to be committed.
    const std::vector<Refusal>& refusals() const { return refusals_; }
    Outbox& outbox() { return outbox_; }
    const millrace_event& event(std::uint32_t index) const { return events_[index]; }
    std::optional<std::string>& state() { return state_; }  // What the last handler that succeeded has left.

    // Whether the delivery is among its events.
    bool shows(millrace_id token) const;

    std::vector<std::unique_ptr<Job>> early;  // [loop] Completions that came from elsewhere while it is on a worker.
    std::optional<Loop::Timer> timer;         // [loop] Looks after the worker that runs it.
    bool is_overdue = false;                  // [loop] A handler of it had its time and had not returned.

    void work() override;
    void arrive() override;

  private:
    class Current {
      public:
        explicit Current(Turn& turn);
        ~Current();
    };

    // While it exists, this delivery of the disk's is being handled on this thread.
    class Note {
      public:
        Note(Delivery& delivery, const Instance& instance, std::int64_t position);
        ~Note() {
            if (slot_) slot_->end();
        }
        Note(const Note&) = delete;

      private:
        PoisonJournal::Slot* slot_ = nullptr;
    };

    // What the event that is handled came in, and how many messages have led to it.
    struct Cause {
        Parcel* parcel = nullptr;
        std::uint32_t hops = 0;
        std::int64_t position = 0;
    };

    bool open();
    std::int32_t reserve_on_disk(const PortPtr& port, Amount amount, Hold& hold);
    std::int32_t reserve(const PortPtr& port, Amount amount, bool is_try, Hold* hold);
    std::int32_t reply(const millrace_command& command);
    std::int32_t send(const millrace_command& command);
    std::int32_t answer(const millrace_command& command);
    std::int32_t set_timer(const millrace_command& command);
    std::int32_t depart(const millrace_command& command, const PortPtr& addresses, std::string_view address);
    std::unique_ptr<Parcel> make_parcel(const millrace_command& command, std::uint64_t correlation,
                                        std::string_view address);
    void clear_draft();
    bool may_begin(std::int64_t now_us);
    void tell();
    void close_where_due();

    Delivery& delivery_;
    Instance* instance_ = nullptr;
    const millrace_consumer* table_ = nullptr;
    std::uint32_t kind_ = 0;
    std::uint32_t count_ = 0;
    std::uint32_t completed_ = 0;
    bool suspended_ = false;
    bool stopped_ = false;
    bool is_durable_ = false;    // What it comes to is written to the disk before it leaves.
    Draft draft_;                // Of the handler that runs; its commands are those in outbox_ behind committed_.
    std::size_t committed_ = 0;  // Commands of handlers that have succeeded.
    PortPtr wanted_at_;
    Amount wanted_;
    std::vector<std::string> timers_;  // The names of those that the instance has, and that were set here.
    std::optional<std::string> state_;
    std::atomic<std::int64_t> began_us_{0};  // When the handler that runs was called, on a worker.
    std::atomic<millrace_id> expired_token_{0};
    Outbox outbox_;
    std::vector<Refusal> refusals_;
    std::array<millrace_event, kTurnEvents> events_;
    std::array<Cause, kTurnEvents> causes_;

    std::atomic<bool> is_cancelled_{false};
    std::atomic<millrace_id> running_{0};  // On a worker: the delivery whose handler runs, or has run last.
    millrace_id told_ = 0;                 // The last delivery that was told to end. Guarded by closing_.
    std::mutex closing_;                   // Held by cancel() so that the instance is not closed meanwhile.
};

}  // namespace millrace
