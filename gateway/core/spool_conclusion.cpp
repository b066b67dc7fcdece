#include <utility>

#include "gateway/core/spool_store.hpp"

// T2 and dead letters: how deliveries end.
namespace millrace::spool {

void Store::conclude(Conclusion& conclusion) {
    const auto now_us = clock_.now_us();
    std::vector<std::pair<Delivery, const Ending*>> ended;
    for (const Ending& ending : conclusion.endings) {
        if (auto delivery = deliveries_.read(conclusion.lane, ending.position, now_us)) {
            ended.emplace_back(*delivery, &ending);
        }
    }
    conclusion.was_stale = ended.empty() && !conclusion.endings.empty();
    if (conclusion.was_stale) return;
    const auto lane = conclusion.lane;
    lanes_.set_place(lane, conclusion.epoch, conclusion.seq);
    if (conclusion.state) lanes_.set_state(lane, conclusion.state->bytes, conclusion.state->until_us);
    for (const std::string& name : conclusion.stopped) lanes_.stop_timer(lane, name);
    for (const Timer& timer : conclusion.timers) lanes_.set_timer(lane, timer);
    for (Command& command : conclusion.outbox) {
        command.id = 0;
        command.lane = lane;
        outbox_.add(command);
    }
    for (Arrival& arrival : conclusion.sent) accept(arrival);
    for (const auto& [delivery, ending] : ended) end(lane, delivery, *ending);
    if (conclusion.is_closed) {
        lanes_.close(lane);
        requeued_.erase(lane);
        lanes_.release(lane);
    }
}

void Store::end(std::int64_t lane, const Delivery& delivery, const Ending& ending) {
    if (ending.kind == Ending::Kind::retry || ending.kind == Ending::Kind::crashed) {
        return retry(lane, delivery, ending);
    }
    if (ending.kind == Ending::Kind::dead) return bury(lane, delivery, ending);
    deliveries_.remove(lane, delivery.position);
    if (delivery.attempt > 1) deliveries_.forget_history(lane, delivery.position);
    messages_.release(delivery.message_id);
}

void Store::retry(std::int64_t lane, Delivery delivery, const Ending& ending) {
    const Attempt attempt{delivery.attempt, clock_.now_us(), ending.why.code, ending.why.text};
    ++delivery.attempt;
    if (ending.kind == Ending::Kind::crashed) ++delivery.crashes;
    delivery.due_us = ending.due_us;
    deliveries_.postpone(lane, delivery, attempt);
}

void Store::bury(std::int64_t lane, const Delivery& delivery, const Ending& ending) {
    const auto now_us = clock_.now_us();
    deliveries_.note(lane, delivery.position, {delivery.attempt, now_us, ending.why.code, ending.why.text});
    deliveries_.remove(lane, delivery.position);
    const auto message = messages_.read(delivery.message_id, now_us);
    if (!message) return;
    const Lane row = lanes_.read(lane, now_us).value_or(unknown_lane(lane));
    DeadLetter letter;
    letter.at_us = now_us;
    letter.consumer = row.consumer;
    letter.scope = row.scope.empty() ? message->scope : row.scope;
    letter.route = message->route;
    letter.prefix = row.prefix;
    letter.why = ending.why;
    letter.bytes = message->size();
    letter.attempts = delivery.attempt;
    letter.message.id = message->id;
    dead_letters_.add(letter, lane, delivery.position);
}

void Store::bury(DeadLetter& letter) {
    messages_.add(letter.message);
    letter.bytes = letter.message.size();
    const auto place = facts_.new_id();
    for (const Attempt& attempt : letter.history) deliveries_.note(0, place, attempt);
    dead_letters_.add(letter, 0, place);
}

LetterPage Store::letters(const DeadLetterFilter& filter, std::int64_t after, std::size_t count) {
    return dead_letters_.list(filter, after, count, clock_.now_us());
}

std::optional<DeadLetter> Store::letter(std::int64_t id) { return dead_letters_.show(id, clock_.now_us()); }

bool Store::drop_letter(std::int64_t id) { return dead_letters_.drop(id); }

std::int64_t Store::requeue_letter(std::int64_t id, std::string_view consumer) {
    const auto now_us = clock_.now_us();
    auto letter = dead_letters_.show(id, now_us);
    if (!letter) return 0;
    const auto deadline_us = letter->message.deadline_us;
    if (deadline_us != 0 && deadline_us <= now_us) messages_.lift_deadline(letter->message);
    Lane lane;
    lane.consumer = consumer.empty() ? letter->consumer : std::string(consumer);
    lane.scope = letter->scope;
    lane.prefix = letter->prefix;
    lane = lane_of(lane);
    Delivery delivery{0, lane.seq++, 1, 0, 0, letter->message.id};
    deliveries_.add(lane.id, delivery);
    requeued_.insert(lane.id);
    lanes_.set_place(lane.id, lane.epoch, lane.seq);
    dead_letters_.take(id);
    return lane.id;
}

}  // namespace millrace::spool
