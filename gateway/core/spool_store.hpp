#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "gateway/base/clock.hpp"
#include "gateway/base/result.hpp"
#include "gateway/core/spool_bodies.hpp"
#include "gateway/core/spool_claim.hpp"
#include "gateway/core/spool_damage.hpp"
#include "gateway/core/spool_database.hpp"
#include "gateway/core/spool_dead_letters.hpp"
#include "gateway/core/spool_deliveries.hpp"
#include "gateway/core/spool_duplicates.hpp"
#include "gateway/core/spool_facts.hpp"
#include "gateway/core/spool_lanes.hpp"
#include "gateway/core/spool_messages.hpp"
#include "gateway/core/spool_outbox.hpp"
#include "gateway/core/spool_records.hpp"

// The spool on the disk: what may happen to its rows, each operation whole within one transaction (contract D2, D3).
// Between begin() and commit() come as many operations as there are; a fault in one undoes them all.
// Thread: one, the writer's.
namespace millrace::spool {

// T1: a message, and where it goes.
struct Arrival {
    struct To {
        Lane lane;  // With its id; without one it is found by consumer and scope, and made where it is new.
        std::uint64_t seq = 0;
        std::int64_t position = 0;  // Out: of the delivery.
        bool is_found = false;      // Out: the lane had no id.
        bool is_behind = false;     // Out: there is something before it that its loop has not been told of.
    };

    Message message;               // Out: its id.
    std::vector<To> to;            // One at least.
    std::optional<Answer> answer;  // Out: the message has come before, and its sender gets this; nothing was kept.
};

// Where a source goes on after a restart.
struct Cursor {
    std::string source;  // A name that the adapter chooses, unique in the gateway.
    std::string value;
};

// T2: how deliveries of one lane have ended, and everything that their handlers have caused.
struct Conclusion {
    struct State {
        std::string bytes;
        std::int64_t until_us = 0;  // 0: it ends with the lane.
    };

    std::int64_t lane = 0;
    std::vector<Ending> endings;
    std::uint64_t seq = 0;  // Of the lane's next event.
    std::uint64_t epoch = 0;
    std::optional<State> state;
    std::vector<std::string> stopped;  // Timers that have fired or were stopped; before
    std::vector<Timer> timers;         // those that are set.
    std::vector<Command> outbox;       // Out: their ids.
    std::vector<Arrival> sent;         // To lanes of this gateway.
    bool is_closed = false;            // The scope is closed: the lane goes, unless something is kept for the next.
    bool was_stale = false;            // Out: all its deliveries had ended before. It did nothing.
};

// What is found at a start: a lane, and the first thing that it waits for.
struct Busy {
    Lane lane;  // Without a consumer: its row is damaged.
    std::optional<Delivery> head;
    std::vector<Timer> timers;
    std::int64_t last = 0;  // The position of its last delivery; 0: it has none.
};

struct Keeping {
    std::int64_t duplicates_us = 0;  // How long external ids are remembered,
    std::int64_t duplicates = 0;     // and how many.
    std::int64_t letters_us = 0;     // How long dead letters are kept,
    std::int64_t letter_bytes = 0;   // and how many bytes of them.
};

class Store {
  public:
    // Fails where the directory is held by another process, was written by a newer Millrace, or is damaged beyond
    // reading; the text says what to do.
    static Result<std::unique_ptr<Store>> open(const std::string& directory, const Clock& clock);

    void begin();
    // Nothing once all is on the disk; else what was not possible, and all is undone.
    std::optional<Fault> commit();
    void roll_back();

    void accept(Arrival& arrival);
    void set_cursor(const Cursor& cursor);
    std::optional<std::string> cursor(std::string_view source);
    void conclude(Conclusion& conclusion);
    void end_command(std::int64_t id);  // T3: it has an outcome.
    void bury(DeadLetter& letter);      // Of a message that was never spooled; its id and the message's are set.

    // The lane's row, made where it is new, with its timers. It stays until a conclusion closes it.
    Busy open_lane(const Lane& lane);
    Page page(std::int64_t lane, std::int64_t position, std::size_t count, std::size_t bytes);
    std::vector<Busy> busy_lanes(std::int64_t after, std::size_t count);
    std::vector<Command> commands(std::int64_t after, std::size_t count);

    std::optional<Answer> answer(std::string_view adapter, std::string_view external_id);
    void remember(std::string_view adapter, std::string_view external_id, const Answer& answer);

    LetterPage letters(const DeadLetterFilter& filter, std::int64_t after, std::size_t count);
    std::optional<DeadLetter> letter(std::int64_t id);
    bool drop_letter(std::int64_t id);
    // Puts its message at the end of the lane of its consumer, or of another, past what is known of resends, and past
    // its deadline. The lane; 0: there is no such letter.
    std::int64_t requeue_letter(std::int64_t id, std::string_view consumer = {});

    // Removes a portion of what is kept no longer. Whether there may be more.
    bool prune(const Keeping& keeping);

    // Has rows read and undoes that damaged ones are put aside, within the transaction. What is wrong with them.
    std::vector<std::string> inspect(const std::function<void()>& read);

    // Outside of a transaction: writes what the log holds into the database once there is enough of it, so that the
    // log begins anew. No room for that is no fault: the log grows meanwhile.
    std::optional<Fault> checkpoint();

    Facts& facts() { return facts_; }
    Lanes& lanes() { return lanes_; }
    Messages& messages() { return messages_; }
    Deliveries& deliveries() { return deliveries_; }
    Outbox& outbox() { return outbox_; }
    DeadLetterRows& dead_letters() { return dead_letters_; }
    // When this one was opened: what was found damaged since then is new.
    std::int64_t opened_us() const { return opened_us_; }
    DamageLog& damage() { return damage_; }
    Database& database() { return database_; }
    std::size_t orphans() const { return orphans_; }  // Bodies that were swept at the start.

  private:
    Store(const std::string& directory, Claim claim, Bodies bodies, const Clock& clock);
    Result<void> start();
    Lane lane_of(const Lane& wanted);
    void end(std::int64_t lane, const Delivery& delivery, const Ending& ending);
    void retry(std::int64_t lane, Delivery delivery, const Ending& ending);
    void bury(std::int64_t lane, const Delivery& delivery, const Ending& ending);

    const Clock& clock_;
    Claim claim_;
    Database database_;
    Bodies bodies_;
    Result<void> prepared_;
    Facts facts_;
    DamageLog damage_;
    Messages messages_;
    Lanes lanes_;
    Deliveries deliveries_;
    Outbox outbox_;
    Duplicates duplicates_;
    DeadLetterRows dead_letters_;
    Statement set_cursor_;
    Statement cursor_;
    std::unordered_set<std::int64_t> requeued_;  // Lanes that have got deliveries from elsewhere than their loops.
    Totals committed_;
    std::int64_t changes_ = 0;  // Before the transaction.
    std::size_t orphans_ = 0;
    std::int64_t opened_us_ = 0;
};

}  // namespace millrace::spool
