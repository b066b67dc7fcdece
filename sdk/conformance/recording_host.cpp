#include "conformance/recording_host.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <thread>

namespace millrace::conformance {
namespace {

millrace_bytes bytes(const std::string& text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
std::string text(millrace_bytes from) { return {reinterpret_cast<const char*>(from.data), from.size}; }

void append(void* context, millrace_bytes from) { *static_cast<std::string*>(context) += text(from); }

void add_error(void* context, millrace_bytes path, millrace_bytes what) {
    static_cast<std::vector<std::string>*>(context)->push_back(text(path) + ": " + text(what));
}

// The calls of this thread from the host into an adapter that are under way; from there it makes none back.
thread_local int depth = 0;

template <class Call> void into_adapter(Call call) {
    ++depth;
    call();
    --depth;
}

}  // namespace

std::chrono::milliseconds patience() {
    const char* set = std::getenv("MILLRACE_PATIENCE_MS");
    return std::chrono::milliseconds(set ? std::atoi(set) : 10'000);
}

struct RecordingHost::Loop {
    void* context;
    std::thread::id thread;
    std::vector<std::function<void()>> due;
    bool is_attached = true;
};

struct RecordingHost::Border {
    static RecordingHost& of(void* self) { return *static_cast<RecordingHost*>(self); }
    static Loop& of(millrace_loop* loop) { return *reinterpret_cast<Loop*>(loop); }

    static void log(void* self, std::int32_t, millrace_bytes line) {
        const std::lock_guard lock(of(self).mutex_);
        of(self).log.push_back(text(line));
        of(self).changed_.notify_all();
    }
    static std::int64_t now_us(void*) { return 1'700'000'000'000'000; }
    static millrace_status to_json(void*, const millrace_event*, const millrace_sink*) { return MILLRACE_ERROR; }

    static millrace_status attach(void* self, void* context, millrace_loop** loop) {
        const std::lock_guard lock(of(self).mutex_);
        of(self).loops_.push_back({context, std::this_thread::get_id(), {}, true});
        *loop = reinterpret_cast<millrace_loop*>(&of(self).loops_.back());
        ++of(self).loops;
        return MILLRACE_OK;
    }
    static void run(void* self, millrace_loop* loop) {
        std::vector<std::function<void()>> due;
        {
            const std::lock_guard lock(of(self).mutex_);
            of(self).check(of(loop), "loop_run");
            due = std::exchange(of(loop).due, {});
        }
        for (const auto& f : due) f();
        const std::lock_guard lock(of(self).mutex_);
        of(self).changed_.notify_all();
    }
    static void detach(void* self, millrace_loop* loop) {
        const std::lock_guard lock(of(self).mutex_);
        of(self).check(of(loop), "loop_detach");
        for (const Scope& scope : of(self).scopes) {
            if (scope.loop == &of(loop) && scope.is_open) of(self).broken("loop_detach: with an open scope");
        }
        of(loop).is_attached = false;
        --of(self).loops;
    }

    static std::int32_t open(void* self, millrace_loop* loop, const millrace_scope_spec* spec, millrace_id* id) {
        RecordingHost& host = of(self);
        std::unique_lock lock(host.mutex_);
        host.check(of(loop), "scope_open");
        if (host.manner.open != MILLRACE_OPENED) return host.manner.open;
        for (const Scope& other : host.scopes) {
            if (other.is_open && other.key == text(spec->key)) host.broken("scope_open: the key of an open scope");
        }
        Scope& scope = host.scopes.emplace_back();
        scope.id = host.scopes.size();
        scope.context = spec->context;
        scope.loop = &of(loop);
        scope.key = text(spec->key);
        for (std::uint32_t i = 0; i < spec->attribute_count; ++i)
            scope.attributes.emplace_back(text(spec->attributes[i].key), text(spec->attributes[i].value));
        scope.fields = text(spec->fields);
        scope.send_bytes_max = spec->send_bytes_max;
        scope.room = host.manner.room;
        *id = scope.id;
        host.changed_.notify_all();
        if (!host.manner.settles_at_once) return MILLRACE_OPENED;
        const Outcome outcome = host.manner.outcome;
        lock.unlock();
        host.settle_now(scope, outcome);
        return MILLRACE_OPENED;
    }
    static void close(void* self, millrace_id id, std::uint32_t reason, millrace_bytes fields) {
        RecordingHost& host = of(self);
        const std::lock_guard lock(host.mutex_);
        Scope* scope = host.find(id, "scope_close");
        if (!scope) return;
        scope->is_open = false;
        scope->is_closed_by_peer = true;
        scope->reason = reason;
        scope->close_fields = text(fields);
        host.changed_.notify_all();
    }

    static std::uint32_t submit(void* self, millrace_id id, const millrace_submission* first, std::uint32_t count,
                                std::uint32_t stride, std::uint8_t* results) {
        RecordingHost& host = of(self);
        std::unique_lock lock(host.mutex_);
        Scope* scope = host.find(id, "submit");
        if (!scope) return 0;
        if (!scope->is_answered) host.broken("submit: before the answer to CONNECT");
        if (scope->is_full) host.broken("submit: after less than all was taken, and before resume");
        std::uint32_t taken = 0;
        std::vector<millrace_send> echoes;
        const auto* at = reinterpret_cast<const std::uint8_t*>(first);
        for (; taken < count && scope->room > 0; ++taken, --scope->room, at += stride) {
            const auto& it = *reinterpret_cast<const millrace_submission*>(at);
            if (host.manner.remembers) host.remember(*scope, it);
            if (results) results[taken] = host.manner.remembers ? MILLRACE_PENDING : MILLRACE_SETTLED;
            if (!host.manner.echoes) continue;
            echoes.push_back({sizeof(millrace_send), it.payload_kind, &scope->context, 1, 0, it.payload, {}});
            scope->sent += it.payload.size;
        }
        scope->is_full = taken < count;
        if (host.manner.remembers) host.changed_.notify_all();
        lock.unlock();
        if (echoes.empty()) return taken;
        into_adapter([&] {
            host.adapter_->send(host.self_, echoes.data(), static_cast<std::uint32_t>(echoes.size()),
                                sizeof(millrace_send));
        });
        return taken;
    }
    static void written(void* self, millrace_id id, std::uint64_t size) {
        RecordingHost& host = of(self);
        const std::lock_guard lock(host.mutex_);
        Scope* scope = host.find(id, "written");
        if (!scope) return;
        scope->written += size;
        if (scope->written > scope->sent) host.broken("written: more than was sent");
        if (host.manner.remembers) host.changed_.notify_all();
    }
    static void gauge(void*, millrace_bytes, double) {}
    static std::int32_t take_socket(void*, millrace_bytes) { return -1; }
    static void keep_socket(void*, millrace_bytes, std::int32_t) {}
};

std::string RecordingHost::Scope::attribute(const std::string& name) const {
    for (const auto& [key, value] : attributes) {
        if (key == name) return value;
    }
    return {};
}

RecordingHost::RecordingHost(const millrace_adapter* adapter, const std::string& config, Manner how)
    : manner(std::move(how)), adapter_(adapter) {
    common_ = {sizeof common_, MILLRACE_ABI, this, Border::log, Border::now_us, Border::to_json, Border::gauge};
    table_ = {sizeof table_,      0,
              &common_,           this,
              Border::attach,     Border::run,
              Border::detach,     Border::open,
              Border::close,      Border::submit,
              Border::written,    Border::take_socket,
              Border::keep_socket};
    std::string error;
    const millrace_sink sink{sizeof sink, 0, &error, append};
    const millrace_errors config_sink{sizeof config_sink, 0, &errors, add_error};
    EXPECT_EQ(adapter_->create(&table_, bytes(config), &config_sink, &self_), MILLRACE_OK);
    if (!self_) return;
    EXPECT_EQ(adapter_->prepare(self_, &sink), MILLRACE_OK) << error;
    EXPECT_EQ(adapter_->start(self_, &sink), MILLRACE_OK) << error;
}

RecordingHost::~RecordingHost() {
    if (self_) stop(0);
    EXPECT_EQ(loops, 0u);
    if (self_) adapter_->destroy(self_);
    EXPECT_EQ(errors, std::vector<std::string>());
}

std::uint16_t RecordingHost::port() {
    const std::lock_guard lock(mutex_);
    const std::string prefix = "listening on ";
    for (const std::string& line : log) {
        if (line.starts_with(prefix)) return static_cast<std::uint16_t>(std::stoi(line.substr(line.rfind(':') + 1)));
    }
    return 0;
}

bool RecordingHost::wait(const std::function<bool()>& condition) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, patience(), [&] { return condition() || !errors.empty(); });
    return condition();
}

void RecordingHost::with(const std::function<void()>& f) {
    const std::lock_guard lock(mutex_);
    f();
}

void RecordingHost::on_loop(Scope& scope, std::function<void()> f) {
    void* context = nullptr;
    with([&] {
        if (!scope.loop->is_attached) return;
        scope.loop->due.push_back(std::move(f));
        context = scope.loop->context;
    });
    if (context) adapter_->wake(context);
}

void RecordingHost::settle_now(Scope& scope, const Outcome& outcome) {
    std::vector<millrace_send> replies;
    with([&] {
        for (const Reply& reply : outcome.replies) {
            replies.push_back({sizeof(millrace_send), reply.payload_kind, &scope.context, 1, 0, bytes(reply.payload),
                               bytes(reply.body)});
            scope.sent += reply.payload.size() + reply.body.size();
        }
        scope.is_answered = true;
        if (outcome.verdict != MILLRACE_ACK) scope.is_open = false;
    });
    const millrace_settlement settlement{
        sizeof settlement,    MILLRACE_CONNECT, outcome.verdict,
        outcome.code,         scope.context,    0,
        bytes(outcome.text),  replies.data(),   static_cast<std::uint32_t>(replies.size()),
        sizeof(millrace_send)};
    into_adapter([&] { adapter_->settle(self_, &settlement, 1, sizeof settlement); });
}

void RecordingHost::settle(Scope& scope, const Outcome& outcome) {
    on_loop(scope, [this, &scope, outcome] {
        if (scope.is_open && !scope.is_answered) settle_now(scope, outcome);
    });
}

void RecordingHost::settle_message(Scope& scope, std::size_t index, std::uint32_t verdict, const std::string& what) {
    on_loop(scope, [this, &scope, index, verdict, what] {
        if (!scope.is_open) return;
        const millrace_settlement settlement{sizeof settlement,       MILLRACE_MESSAGE, verdict, 0, scope.context,
                                             scope.cookies.at(index), bytes(what),      nullptr, 0, 0};
        into_adapter([&] { adapter_->settle(self_, &settlement, 1, sizeof settlement); });
    });
}

void RecordingHost::send(Scope& scope, std::uint32_t kind, const std::string& payload) {
    on_loop(scope, [this, &scope, kind, payload] {
        if (!scope.is_open) return;
        const millrace_send send{sizeof send, kind, &scope.context, 1, 0, bytes(payload), {}};
        with([&] { scope.sent += payload.size(); });
        into_adapter([&] { adapter_->send(self_, &send, 1, sizeof send); });
    });
}

void RecordingHost::send_all(std::uint32_t kind, const std::string& payload) {
    on_loop(scopes.front(), [this, kind, payload] {
        std::vector<void*> contexts;
        with([&] {
            for (Scope& scope : scopes) {
                if (!scope.is_open) continue;
                contexts.push_back(scope.context);
                scope.sent += payload.size();
            }
        });
        const millrace_send send{sizeof send,    kind, contexts.data(), static_cast<std::uint32_t>(contexts.size()), 0,
                                 bytes(payload), {}};
        into_adapter([&] { adapter_->send(self_, &send, 1, sizeof send); });
    });
}

void RecordingHost::close(Scope& scope, std::uint32_t reason, std::uint32_t code, const std::string& what) {
    on_loop(scope, [this, &scope, reason, code, what] {
        if (scope.is_open) close_now(scope, reason, code, what);
    });
}

void RecordingHost::close_now(Scope& scope, std::uint32_t reason, std::uint32_t code, const std::string& what) {
    with([&] { scope.is_open = false; });
    into_adapter([&] { adapter_->close_scope(self_, scope.context, reason, code, bytes(what)); });
}

void RecordingHost::resume(Scope& scope, std::size_t room) {
    on_loop(scope, [this, &scope, room] {
        if (!scope.is_open || !scope.is_full) return;
        with([&] {
            scope.room = room;
            scope.is_full = false;
        });
        into_adapter([&] { adapter_->resume(self_, scope.context); });
    });
}

void RecordingHost::quiesce() {
    if (!std::exchange(is_quiesced_, true)) adapter_->quiesce(self_);
}

void RecordingHost::close_all() {
    std::vector<Scope*> open;
    with([&] {
        for (Scope& scope : scopes) {
            if (scope.is_open) open.push_back(&scope);
        }
    });
    for (Scope* scope : open) {
        on_loop(*scope, [this, scope] {
            if (!scope->is_open) return;
            if (scope->is_answered) return close_now(*scope, MILLRACE_REASON_DRAIN, 0, {});
            settle_now(*scope, {MILLRACE_RETRY});
        });
    }
    wait([&] {
        for (const Scope* scope : open) {
            if (scope->is_open) return false;
        }
        return true;
    });
}

void RecordingHost::stop(std::uint32_t deadline_ms) {
    if (is_stopped_) return;
    adapter_->stop(self_, deadline_ms);
    with([&] { is_stopped_ = true; });
}

void RecordingHost::remember(Scope& scope, const millrace_submission& it) {
    scope.messages.push_back((it.payload_kind == MILLRACE_TEXT ? "t:" : "d:") + text(it.payload));
    scope.cookies.push_back(it.cookie);
    if (it.fields.size > 0) scope.event_fields = text(it.fields);
}

void RecordingHost::broken(std::string rule) {
    errors.push_back(std::move(rule));
    changed_.notify_all();
}

// What holds for every call about a loop.
void RecordingHost::check(const Loop& loop, const std::string& call) {
    if (is_stopped_) broken(call + ": after stop");
    if (!loop.is_attached) broken(call + ": the loop is detached");
    if (loop.thread != std::this_thread::get_id()) broken(call + ": wrong thread");
    if (depth > 0) broken(call + ": from within a call of the gateway");
}

RecordingHost::Scope* RecordingHost::find(millrace_id id, const char* call) {
    const bool is_there = id > 0 && id <= scopes.size() && scopes[id - 1].is_open;
    if (is_there) {
        check(*scopes[id - 1].loop, call);
        return &scopes[id - 1];
    }
    broken(std::string(call) + (is_stopped_ ? ": after stop" : ": no such scope"));
    return nullptr;
}

std::vector<std::string> config_errors(const millrace_adapter* adapter, const std::string& config) {
    std::vector<std::string> errors;
    const millrace_errors sink{sizeof sink, 0, &errors, add_error};
    void* self = nullptr;
    if (adapter->create(nullptr, bytes(config), &sink, &self) == MILLRACE_OK) adapter->destroy(self);
    return errors;
}

}  // namespace millrace::conformance
