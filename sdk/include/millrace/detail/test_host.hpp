#pragma once

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "millrace/testing.hpp"

// What testing.hpp promises.
namespace millrace::inline sdk::testing {

namespace detail {

inline Border::Border(Host& host)
    : common_{sizeof(common_), MILLRACE_ABI, &host, log, now_us, to_json, gauge},
      consumer_{sizeof(consumer_), 0, &common_, &host, record, complete, start_op, set_state} {}

inline void Border::log(void* self, std::int32_t, millrace_bytes text) {
    const std::lock_guard lock(host(self).mutex_);
    host(self).log_.emplace_back(view(text));
}

inline std::int64_t Border::now_us(void* self) { return host(self).now_us_; }

inline millrace_status Border::to_json(void*, const millrace_event* event, const millrace_sink* out) {
    out->write(out->context, bytes(short_json(*event)));
    return MILLRACE_OK;
}

// The scope of an open delivery, or nothing; then a rule was broken.
inline Scope* Border::scope(void* self, millrace_id token, const char* call) {
    const std::string name = call;
    if (std::this_thread::get_id() != host(self).thread_) {
        host(self).violate(name + " on a thread that runs no handler");
        return nullptr;
    }
    Scope* found = host(self).scope_of(token);
    if (!found) host(self).violate(name + " for a delivery that is not open");
    return found;
}

inline std::int32_t Border::record(void* self, millrace_id token, const millrace_command* command) {
    Scope* found = scope(self, token, "record");
    return found ? found->record(*command) : MILLRACE_NOT_ALLOWED;
}

inline millrace_status Border::complete(void* self, millrace_id token, const millrace_outcome* outcome) {
    Scope* found = scope(self, token, "complete");
    if (!found) return MILLRACE_ERROR;
    return found->complete(*outcome);
}

inline millrace_status Border::start_op(void* self, millrace_id token, std::uint32_t kind, std::uint64_t arg,
                                        millrace_id* operation) {
    Scope* found = scope(self, token, "start_op");
    if (!found) return MILLRACE_ERROR;
    if (host(self).consumer_->mode != MILLRACE_ASYNC) {
        host(self).violate("start_op by a sync consumer");
        return MILLRACE_ERROR;
    }
    *operation = ++host(self).last_id_;
    const std::int64_t due_us = host(self).now_us_ + static_cast<std::int64_t>(kind == MILLRACE_SLEEP ? arg : 0);
    host(self).operations_.push_back({*operation, found, kind, due_us});
    return MILLRACE_OK;
}

inline millrace_status Border::set_state(void* self, millrace_id token, millrace_bytes state) {
    Scope* found = scope(self, token, "set_state");
    return found ? found->set_state(view(state)) : MILLRACE_ERROR;
}

}  // namespace detail

inline Outcome Scope::message(std::string_view text) {
    queue(v1::ChannelMessage::MESSAGE).set_payload(MILLRACE_TEXT, text);
    return deliver();
}

inline Outcome Scope::message(const v1::ChannelMessage& fields) {
    detail::TestEvent& event = queue(v1::ChannelMessage::MESSAGE);
    v1::ChannelMessage rest = fields;
    rest.clear_payload();
    event.event += rest.SerializeAsString();
    event.sender = fields.sender(), event.correlation = fields.correlation(), event.hops = fields.hops();
    const bool is_data = fields.has_data();
    event.set_payload(is_data ? MILLRACE_DATA : MILLRACE_TEXT, is_data ? fields.data() : fields.text());
    return deliver();
}

inline Outcome Scope::data(std::string_view bytes) {
    queue(v1::ChannelMessage::MESSAGE).set_payload(MILLRACE_DATA, bytes);
    return deliver();
}

inline Outcome Scope::messages(const std::vector<std::string>& texts) {
    for (const std::string& text : texts) queue(v1::ChannelMessage::MESSAGE).set_payload(MILLRACE_TEXT, text);
    return deliver();
}

inline Outcome Scope::disconnect(std::uint32_t reason) {
    queue(v1::ChannelMessage::DISCONNECT).set_reason(reason);
    is_closed_ = true;
    return deliver();
}

inline Outcome Scope::gap(std::uint64_t lost) {
    v1::ChannelMessage fields;
    fields.mutable_gap()->set_lost(lost);
    queue(make_event(v1::ChannelMessage::GAP, fields));
    return deliver();
}

inline Outcome Scope::redeliver() {
    has_failed_ = false;
    return deliver();
}

inline void Scope::cancel() {
    if (token_ == 0) return;
    host_.consumer_->cancel(instance_, token_);
    host_.cancel_operations(*this);
    host_.deliver_posts();
}

inline std::vector<std::string> Scope::replies() const {
    std::vector<std::string> result;
    for (const Command& command : commands_) {
        if (command.verb == MILLRACE_REPLY && command.payload_kind != MILLRACE_NO_PAYLOAD) {
            result.push_back(command.payload);
        }
    }
    return result;
}

inline const Command* Scope::closed() const {
    for (const Command& command : commands_) {
        if (command.verb == MILLRACE_CLOSE) return &command;
    }
    return nullptr;
}

inline detail::TestEvent& Scope::queue(detail::TestEvent event) {
    event.head.seq = seq_++;
    return events_.emplace_back(std::move(event));
}

inline detail::TestEvent& Scope::queue(v1::ChannelMessage::Kind kind) {
    return queue(detail::TestEvent(fields_, kind, order_++, host_.now_us_));
}

// One that is not of the scope's own source.
inline detail::TestEvent Scope::make_event(v1::ChannelMessage::Kind kind, const v1::ChannelMessage& fields) const {
    detail::TestEvent event(fields_, kind, 0, host_.now_us_);
    event.event += fields.SerializeAsString();
    return event;
}

// Returns how its own events have ended; then what these have caused elsewhere takes its course.
inline Outcome Scope::deliver() {
    deliver_own();
    Outcome outcome = outcome_;
    host_.deliver_posts();
    return outcome;
}

// Offers what is queued, again and again, until the instance is busy or has had it all.
inline void Scope::deliver_own() {
    while (token_ == 0 && !has_failed_ && !events_.empty()) {
        detail::TestBatch batch(events_.size());
        token_ = host_.last_id_ + 1, completed_ = 0, outcome_ = {};
        for (detail::TestEvent& event : events_) {
            event.head.token = ++host_.last_id_;
            ++event.head.attempt;
            batch.add(event);
        }
        last_token_ = host_.last_id_;
        const std::uint32_t taken = host_.consumer_->deliver(instance_, batch.events(), batch.count(), batch.kStride);
        last_token_ = 0;
        if (!is_possible(taken, batch.count())) break;
        if (taken == completed_) token_ = 0;
        const std::uint32_t still_queued = taken - completed_ + (has_failed_ ? 1 : 0);
        for (std::size_t i = still_queued; i < events_.size(); ++i) --events_[i].head.attempt;
        renew_if_failed();
    }
    if (token_ != 0) outcome_ = {};
}

// May deliver answer this? All that it took but the last is completed, and nothing else is.
inline bool Scope::is_possible(std::uint32_t taken, std::uint32_t offered) {
    const bool is_possible = taken >= 1 && taken <= offered && (taken == completed_ || taken == completed_ + 1);
    if (!is_possible) {
        host_.violate("deliver took " + std::to_string(taken) + " of " + std::to_string(offered) +
                      " events and completed " + std::to_string(completed_));
    }
    return is_possible;
}

inline std::int32_t Scope::record(const millrace_command& command) {
    if (command.verb >= MILLRACE_JOIN && command.verb <= MILLRACE_GROUP_REPLY) {
        const bool is_named = command.address.size >= 1 && command.address.size <= MILLRACE_ADDRESS_MAX;
        if (!is_named) return MILLRACE_NOT_ALLOWED;
    } else if (answer_ != MILLRACE_TAKEN) {
        if (answer_ == MILLRACE_FULL && !(command.flags & MILLRACE_TRY)) was_full_ = true;
        return answer_;
    }
    Command& recorded = outbox_.emplace_back(
        Command{command.verb, command.payload_kind, command.code, std::string(detail::view(command.payload)),
                std::string(detail::view(command.body)), std::string(detail::view(command.address)), command.flags,
                command.correlation});
    if (command.verb == MILLRACE_AFTER) recorded.delay_us = command.delay_us;
    if (command.verb == MILLRACE_SEND) recorded.address = std::exchange(recorded.group, {});
    if (command.verb == MILLRACE_ANSWER || (command.verb == MILLRACE_REPLY && is_channel_)) {
        recorded.address = events_.front().sender, recorded.correlation = events_.front().correlation;
        if (recorded.address.empty()) return outbox_.pop_back(), MILLRACE_UNKNOWN;
    }
    return MILLRACE_TAKEN;
}

inline millrace_status Scope::set_state(std::string_view state) {
    if (state.size() > MILLRACE_STATE_MAX) return MILLRACE_ERROR;
    new_state_ = state;
    return MILLRACE_OK;
}

inline millrace_status Scope::complete(const millrace_outcome& outcome) {
    for (const Host::Operation& operation : host_.operations_) {
        if (operation.scope == this) host_.violate("complete while an operation of the delivery is open");
    }
    if (outcome.verdict < MILLRACE_ACK || outcome.verdict > MILLRACE_REJECT) host_.violate("complete with no verdict");
    outcome_ = {static_cast<Verdict>(outcome.verdict), outcome.code, std::string(detail::view(outcome.text))};
    if (std::exchange(was_full_, false) && outcome_.verdict == Verdict::ack) outcome_.verdict = Verdict::retry;
    const std::vector<Command> recorded = std::exchange(outbox_, {});
    std::optional<std::string> new_state = std::exchange(new_state_, {});
    if (outcome_.verdict == Verdict::ack) {
        if (new_state) state_ = std::move(*new_state);
        for (const Command& command : recorded) host_.commit(*this, command);
    }
    has_failed_ = outcome_.verdict == Verdict::retry;
    ++completed_;
    if (!has_failed_) {
        if (events_.front().head.kind == MILLRACE_DISCONNECT) {
            host_.leave_all(*this);
            std::erase_if(host_.timers_, [this](const Host::Timer& timer) { return timer.scope == this; });
        }
        events_.pop_front();
    }
    token_ = has_failed_ || token_ >= last_token_ ? 0 : token_ + 1;
    return has_failed_ ? MILLRACE_STOP : MILLRACE_OK;
}

inline void Scope::renew_if_failed() {
    if (!has_failed_ || token_ != 0) return;
    close_instance();
    open_instance();
}

inline void Scope::open_instance() {
    const auto borrowed = std::make_unique<std::string>(state_);
    if (host_.consumer_->open(host_.self_, detail::bytes(*borrowed), &instance_) != MILLRACE_OK) {
        host_.violate("open has failed");
    }
}

inline void Scope::close_instance() { host_.consumer_->close(std::exchange(instance_, nullptr)); }

inline Host::Host(const millrace_plugin* plugin, std::string_view config, std::string name)
    : consumer_(plugin->consumer), name_(std::move(name)) {
    const auto add = [](void* context, millrace_bytes path, millrace_bytes text) {
        std::string line(detail::view(path));
        static_cast<Host*>(context)->errors_.push_back((line += ": ") += detail::view(text));
    };
    const millrace_errors errors{sizeof(errors), 0, this, add};
    if (consumer_->create(border_.table(), detail::bytes(config), &errors, &self_) != MILLRACE_OK) {
        self_ = nullptr;
        if (errors_.empty()) violate("create has failed without an error");
        return;
    }
    if (!errors_.empty()) violate("create has succeeded with errors");
    std::string error;
    const auto append = [](void* context, millrace_bytes text) {
        static_cast<std::string*>(context)->append(detail::view(text));
    };
    const millrace_sink sink{sizeof(sink), 0, &error, append};
    is_started_ = consumer_->start(self_, &sink) == MILLRACE_OK;
    if (!is_started_) errors_.push_back(error);
}

inline Host::~Host() {
    for (Scope& scope : scopes_) {
        while (scope.events_.size() > (scope.token_ != 0 ? 1 : 0)) scope.events_.pop_back();
        scope.cancel();
        if (scope.token_ != 0) violate("a delivery was never completed");
        if (scope.token_ == 0 && scope.instance_) scope.close_instance();
    }
    if (is_started_) consumer_->stop(self_);
    if (self_) consumer_->destroy(self_);
    if (violations_.empty() || are_violations_seen_) return;
    for (const std::string& text : violations_) std::fprintf(stderr, "broken rule of the border: %s\n", text.c_str());
    std::abort();
}

inline Scope& Host::open(const Attributes& attributes, const v1::ChannelMessage& fields) {
    v1::ChannelMessage scope_fields = fields;
    scope_fields.set_route("test");
    scope_fields.mutable_attributes()->insert(attributes.begin(), attributes.end());
    Scope& scope = add("scope-" + std::to_string(scopes_.size() + 1), std::move(scope_fields), false);
    scope.deliver();
    return scope;
}

inline void Host::advance(std::chrono::microseconds time) {
    const std::int64_t until_us = now_us_ + time.count();
    for (;;) {
        const auto next = next_due(until_us);
        if (fire_next_timer(next == operations_.end() ? until_us : next->due_us)) continue;
        if (next == operations_.end()) break;
        now_us_ = std::max(now_us_, next->due_us);
        end(next);
        deliver_posts();
    }
    now_us_ = until_us;
}

inline std::size_t Host::run_work() {
    std::size_t count = 0;
    for (auto it = operations_.begin(); it != operations_.end();) {
        if (it->kind != MILLRACE_OFFLOAD) {
            ++it;
            continue;
        }
        ++count;
        it->is_running = true;
        std::thread([&] { consumer_->work(it->scope->instance_, it->id); }).join();
        end(it);
        deliver_posts();
        it = operations_.begin();
    }
    return count;
}

inline void Host::violate(std::string text) {
    const std::lock_guard lock(mutex_);
    violations_.push_back(std::move(text));
}

// Goes on with what has waited, and with the events that have waited for that.
inline void Host::end(Operations::iterator operation) {
    const Operation ended = *operation;
    operations_.erase(operation);
    Scope& scope = *ended.scope;
    consumer_->resumed(scope.instance_, ended.id, ended.is_cancelled ? MILLRACE_OP_CANCELLED : MILLRACE_OP_DONE);
    scope.renew_if_failed();
    scope.deliver_own();
}

inline void Host::cancel_operations(Scope& scope) {
    for (auto it = operations_.begin(); it != operations_.end();) {
        const auto operation = it++;
        if (operation->scope != &scope) continue;
        operation->is_cancelled = true;
        if (!operation->is_running) {
            end(operation);
            it = operations_.begin();
        }
    }
}

inline Host::Operations::iterator Host::next_due(std::int64_t until_us) {
    auto first = operations_.end();
    for (auto it = operations_.begin(); it != operations_.end(); ++it) {
        if (it->kind != MILLRACE_SLEEP || it->due_us > until_us) continue;
        if (first == operations_.end() || it->due_us < first->due_us) first = it;
    }
    return first;
}

inline Scope* Host::scope_of(millrace_id token) {
    for (Scope& scope : scopes_) {
        if (scope.is_open(token)) return &scope;
    }
    return nullptr;
}

}  // namespace millrace::inline sdk::testing
