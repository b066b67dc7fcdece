#include "tests/support/scripted_consumer.hpp"

namespace millrace::testing {

namespace {

ScriptedConsumer* by_mode[2] = {};

}  // namespace

struct Border {
    static ScriptedConsumer& of(void* self) { return *static_cast<ScriptedConsumer*>(self); }

    template <std::uint32_t Mode>
    static millrace_status create(const millrace_consumer_host* host, millrace_bytes, const millrace_errors*,
                                  void** self) {
        by_mode[Mode]->host_ = host;
        *self = by_mode[Mode];
        return MILLRACE_OK;
    }

    static millrace_status open(void* self, millrace_bytes state, void** instance) {
        of(self).note(state.size == 0 ? "open" : "open:" + std::string(to_text(state)));
        ++of(self).instances;
        *instance = self;
        return MILLRACE_OK;
    }

    static std::uint32_t deliver(void* instance, const millrace_event* events, std::uint32_t count,
                                 std::uint32_t stride) {
        ScriptedConsumer& self = of(instance);
        for (std::uint32_t i = 0; i < count; ++i) {
            const auto& event =
                *reinterpret_cast<const millrace_event*>(reinterpret_cast<const char*>(events) + i * stride);
            ScriptedConsumer::Call call(self.host_, event);
            self.note(event.kind == MILLRACE_CONNECT      ? "CONNECT"
                      : event.kind == MILLRACE_DISCONNECT ? "DISCONNECT:" + std::to_string(event.reason)
                                                          : call.text());
            stopped = false;
            if (!self.handler(call) || stopped) return i + 1;
        }
        return count;
    }

    static void close(void* instance) {
        of(instance).note("close");
        --of(instance).instances;
    }

    static inline thread_local bool stopped = false;

    template <std::uint32_t Mode> static const millrace_consumer& table() {
        static const millrace_consumer table{
            .struct_size = sizeof(millrace_consumer),
            .mode = Mode,
            .create = create<Mode>,
            .start = [](void*, const millrace_sink*) { return MILLRACE_OK; },
            .stop = [](void*) {},
            .destroy = [](void*) {},
            .open = open,
            .deliver = deliver,
            .close = close,
            .cancel = [](void* instance, millrace_id) { of(instance).note("cancel"); },
            .resumed = [](void* instance, millrace_id op, std::int32_t status) { of(instance).on_resumed(op, status); },
            .work = [](void* instance, millrace_id op) { of(instance).on_work(op); },
        };
        return table;
    }
};

ScriptedConsumer::ScriptedConsumer(std::uint32_t mode, Handler handler) : handler(std::move(handler)), mode_(mode) {
    by_mode[mode] = this;
}

ScriptedConsumer::~ScriptedConsumer() { by_mode[mode_] = nullptr; }

const millrace_consumer& ScriptedConsumer::table() const {
    return mode_ == MILLRACE_SYNC ? Border::table<MILLRACE_SYNC>() : Border::table<MILLRACE_ASYNC>();
}

std::vector<std::string> ScriptedConsumer::log() const {
    std::lock_guard lock(mutex_);
    return log_;
}

void ScriptedConsumer::note(std::string text) {
    std::lock_guard lock(mutex_);
    log_.push_back(std::move(text));
}

std::int32_t ScriptedConsumer::Call::command(std::uint32_t verb, std::string_view address, std::string_view text,
                                             std::uint32_t flags, std::uint32_t code) const {
    const auto payload_kind = text.data() && verb != MILLRACE_CLOSE ? MILLRACE_TEXT : MILLRACE_NO_PAYLOAD;
    const millrace_command command{
        sizeof command, verb, payload_kind, code, to_bytes(text), {}, to_bytes(address), flags, 0, 7, 0};
    return host_->record(host_->self, event.token, &command);
}

std::int32_t ScriptedConsumer::Call::after(std::uint64_t delay_us, std::string_view name) const {
    const millrace_command command{sizeof command, MILLRACE_AFTER, MILLRACE_TEXT, 0, to_bytes(name), {}, {}, 0, 0, 0,
                                   delay_us};
    return host_->record(host_->self, event.token, &command);
}

millrace_status ScriptedConsumer::Call::set_state(std::string_view state) const {
    return host_->set_state(host_->self, event.token, to_bytes(state));
}

millrace_status ScriptedConsumer::Call::complete(std::uint32_t verdict, std::uint32_t code,
                                                 std::string_view text) const {
    const millrace_outcome outcome{sizeof outcome, verdict, code, 0, to_bytes(text)};
    const auto status = host_->complete(host_->self, event.token, &outcome);
    Border::stopped = status == MILLRACE_STOP;
    return status;
}

millrace_id ScriptedConsumer::Call::sleep(std::uint64_t duration_us) const {
    millrace_id op = 0;
    host_->start_op(host_->self, event.token, MILLRACE_SLEEP, duration_us, &op);
    return op;
}

millrace_id ScriptedConsumer::Call::offload() const {
    millrace_id op = 0;
    host_->start_op(host_->self, event.token, MILLRACE_OFFLOAD, 0, &op);
    return op;
}

}  // namespace millrace::testing
