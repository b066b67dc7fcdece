#include "gateway/core/consumer_host.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <system_error>

#include "gateway/core/bytes.hpp"
#include "gateway/core/dispatcher.hpp"
#include "gateway/core/loops.hpp"
#include "gateway/core/turn.hpp"

namespace millrace {
namespace {

// A completion from outside of the handler travels to the loop, which knows whether the delivery is still open.
struct Completion final : Job {
    Completion(Dispatcher& dispatcher, ConsumerHost& consumer, millrace_id token, const millrace_outcome& outcome)
        : dispatcher(dispatcher), consumer(consumer), token(token), text(to_text(outcome.text)), outcome(outcome) {}

    void arrive() override {
        std::unique_ptr<Job> self(this);
        outcome.text = to_bytes(text);
        if (dispatcher.delivery().complete(consumer, token, outcome)) return;
        if (dispatcher.delivery().keep(consumer, token, self)) return;
        consumer.count_refused_call();
    }

    Dispatcher& dispatcher;
    ConsumerHost& consumer;
    millrace_id token;
    std::string text;
    millrace_outcome outcome;
};

Turn* running_turn(millrace_id token) {
    Turn* turn = Turn::current();
    return turn && token != 0 && turn->token() == token ? turn : nullptr;
}

}  // namespace

ConsumerHost::ConsumerHost(const ConsumerConfig& config, std::uint32_t index, const millrace_consumer& table,
                           Loops& loops, const Clock& clock)
    : config_(config), index_(index), table_(table), loops_(loops), services_(config.name, clock),
      host_{sizeof(millrace_consumer_host), 0, services_.table(), this, record, complete, start_op, set_state},
      pool_(config.workers) {}

ConsumerHost::~ConsumerHost() {
    while (stop() != 0) continue;
    if (self_) table_.destroy(self_);
}

std::vector<ConfigError> ConsumerHost::create() {
    SettingErrors errors(config_.settings);
    settings_print_ = errors.print();
    services_.set_mask(errors.mask());
    const auto create = [&] { return table_.create(&host_, to_bytes(errors.json()), errors.sink(), &self_); };
    if (errors.is_empty() && create() == MILLRACE_OK) return {};
    self_ = nullptr;
    auto found = errors.take();
    if (found.empty())
        found.push_back({config_.at, "bad-setting", "the consumer refused its settings without a reason"});
    return found;
}

Result<void> ConsumerHost::start() {
    try {
        pool_.start();
    } catch (const std::system_error& error) {
        return Error{
            fmt::format("consumer {}: no threads for its {} workers: {}", name(), config_.workers, error.what())};
    }
    ErrorText error;
    if (table_.start(self_, error.sink()) != MILLRACE_OK) {
        return Error{fmt::format("consumer {} did not start: {}", name(), services_.hide(error.text()))};
    }
    is_started_ = true;
    return {};
}

std::size_t ConsumerHost::stop(std::int64_t within_ms) {
    if (const std::size_t running = pool_.stop(within_ms)) return running;
    if (std::exchange(is_started_, false)) table_.stop(self_);
    return 0;
}

std::size_t ConsumerHost::retire(std::int64_t within_ms) {
    if (const std::size_t running = stop(within_ms)) return running;
    if (void* self = std::exchange(self_, nullptr)) table_.destroy(self);
    return 0;
}

void ConsumerHost::count_overdue() {
    overdue_handlers_.fetch_add(1, std::memory_order_relaxed);
    unreturned_handlers_.fetch_add(1, std::memory_order_relaxed);
}

bool ConsumerHost::count_returned() {
    return unreturned_handlers_.fetch_sub(1, std::memory_order_relaxed) == config_.workers && is_sync();
}

bool ConsumerHost::may_send(std::string_view address) const {
    return std::ranges::any_of(config_.may_send, [address](std::string_view allowed) {
        return allowed.ends_with('*') ? address.starts_with(allowed.substr(0, allowed.size() - 1)) : address == allowed;
    });
}

std::int32_t ConsumerHost::record(void* self, millrace_id token, const millrace_command* command) {
    if (Turn* turn = running_turn(token)) return turn->record(*command);
    static_cast<ConsumerHost*>(self)->count_refused_call();
    return MILLRACE_NOT_ALLOWED;
}

millrace_status ConsumerHost::complete(void* self, millrace_id token, const millrace_outcome* outcome) {
    auto& consumer = *static_cast<ConsumerHost*>(self);
    millrace_outcome shown = *outcome;
    std::string text;
    if (shown.text.size != 0 && consumer.services_.has_secrets()) {
        text = consumer.services_.hide(to_text(shown.text));
        shown.text = to_bytes(text);
    }
    if (Turn* turn = running_turn(token)) {
        const millrace_status status = turn->complete(shown);
        if (status == MILLRACE_ERROR) consumer.count_refused_call();
        return status;
    }
    if (Dispatcher* dispatcher = consumer.loops_.find(Id::unpack(token).loop)) {
        auto completion = std::make_unique<Completion>(*dispatcher, consumer, token, shown);
        if (dispatcher->loop().post(completion.get())) {
            static_cast<void>(completion.release());
            return MILLRACE_OK;
        }
    }
    consumer.count_refused_call();
    return MILLRACE_ERROR;
}

millrace_status ConsumerHost::start_op(void* self, millrace_id token, std::uint32_t kind, std::uint64_t arg,
                                       millrace_id* op) {
    const bool is_known = kind == MILLRACE_SLEEP || kind == MILLRACE_OFFLOAD;
    if (Turn* turn = running_turn(token); turn && is_known) return turn->start_op(kind, arg, *op);
    static_cast<ConsumerHost*>(self)->count_refused_call();
    return MILLRACE_ERROR;
}

millrace_status ConsumerHost::set_state(void* self, millrace_id token, millrace_bytes state) {
    if (Turn* turn = running_turn(token)) return turn->set_state(state);
    static_cast<ConsumerHost*>(self)->count_refused_call();
    return MILLRACE_ERROR;
}

}  // namespace millrace
