#include "tests/unit/adapters/fake_host.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

namespace millrace::test {
namespace {

millrace_bytes bytes(const std::string& text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
std::string text(millrace_bytes from) { return {reinterpret_cast<const char*>(from.data), from.size}; }

void append(void* context, millrace_bytes from) { *static_cast<std::string*>(context) += text(from); }

void add_error(void* context, millrace_bytes path, millrace_bytes what) {
    static_cast<std::vector<std::string>*>(context)->push_back(text(path) + ": " + text(what));
}

}  // namespace

struct FakeHost::Loop {
    FakeHost* host;
    void* context;
    std::thread::id thread;
    std::vector<std::function<void()>> due;
    bool is_attached = true;
};

struct FakeHost::Border {
    static FakeHost& of(void* self) { return *static_cast<FakeHost*>(self); }
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
        of(self).loops_.push_back({&of(self), context, std::this_thread::get_id(), {}, true});
        *loop = reinterpret_cast<millrace_loop*>(&of(self).loops_.back());
        ++of(self).loops;
        return MILLRACE_OK;
    }
    static void run(void* self, millrace_loop* loop) {
        const std::lock_guard lock(of(self).mutex_);
        if (of(loop).thread != std::this_thread::get_id()) of(self).errors.push_back("loop_run: wrong thread");
        const auto due = std::exchange(of(loop).due, {});
        for (const auto& f : due) f();
        of(self).changed_.notify_all();
    }
    static void detach(void* self, millrace_loop* loop) {
        const std::lock_guard lock(of(self).mutex_);
        of(loop).is_attached = false;
        --of(self).loops;
    }

    static std::int32_t open(void* self, millrace_loop* loop, const millrace_scope_spec* spec, millrace_id* id) {
        FakeHost& host = of(self);
        const std::lock_guard lock(host.mutex_);
        if (host.manner.open != MILLRACE_OPENED) return host.manner.open;
        Scope& scope = host.scopes.emplace_back();
        scope.id = host.scopes.size();
        scope.context = spec->context;
        scope.loop = &of(loop);
        scope.key = text(spec->key);
        for (std::uint32_t i = 0; i < spec->attribute_count; ++i)
            scope.attributes.emplace_back(text(spec->attributes[i].key), text(spec->attributes[i].value));
        scope.fields = text(spec->fields);
        scope.send_bytes_max = spec->send_bytes_max;
        *id = scope.id;
        if (host.manner.settles_at_once) host.settle_locked(scope, host.manner.outcome);
        host.changed_.notify_all();
        return MILLRACE_OPENED;
    }
    static void close(void* self, millrace_id id, std::uint32_t reason, millrace_bytes fields) {
        FakeHost& host = of(self);
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
                                std::uint32_t stride) {
        FakeHost& host = of(self);
        const std::lock_guard lock(host.mutex_);
        Scope* scope = host.find(id, "submit");
        if (!scope || stride != sizeof(millrace_submission)) return 0;
        std::uint32_t taken = 0;
        for (; taken < count && host.manner.room > 0; ++taken, --host.manner.room) {
            const millrace_submission& it = first[taken];
            if (host.manner.remembers)
                scope->messages.push_back((it.payload_kind == MILLRACE_TEXT ? "t:" : "d:") + text(it.payload));
            if (!host.manner.echoes) continue;
            const millrace_send send{sizeof send, it.payload_kind, &scope->context, 1, 0, it.payload, {}};
            scope->sent += it.payload.size;
            host.adapter_->send(host.self_, &send, 1, sizeof send);
        }
        if (host.manner.remembers) host.changed_.notify_all();
        return taken;
    }
    static void written(void* self, millrace_id id, std::uint64_t size) {
        FakeHost& host = of(self);
        const std::lock_guard lock(host.mutex_);
        Scope* scope = host.find(id, "written");
        if (!scope) return;
        scope->written += size;
        if (scope->written > scope->sent) host.errors.push_back("written: more than was sent");
        if (host.manner.remembers) host.changed_.notify_all();
    }
};

std::string FakeHost::Scope::attribute(const std::string& name) const {
    for (const auto& [key, value] : attributes) {
        if (key == name) return value;
    }
    return {};
}

FakeHost::FakeHost(const millrace_adapter* adapter, const std::string& config, Manner how)
    : manner(std::move(how)), adapter_(adapter) {
    common_ = {sizeof common_, MILLRACE_ABI, this, Border::log, Border::now_us, Border::to_json};
    table_ = {sizeof table_,  0,
              &common_,       this,
              Border::attach, Border::run,
              Border::detach, Border::open,
              Border::close,  Border::submit,
              Border::written};
    std::string error;
    const millrace_sink sink{sizeof sink, 0, &error, append};
    const millrace_errors config_sink{sizeof config_sink, 0, &errors, add_error};
    EXPECT_EQ(adapter_->create(&table_, bytes(config), &config_sink, &self_), MILLRACE_OK);
    if (!self_) return;
    EXPECT_EQ(adapter_->prepare(self_, &sink), MILLRACE_OK) << error;
    EXPECT_EQ(adapter_->start(self_, &sink), MILLRACE_OK) << error;
}

FakeHost::~FakeHost() {
    if (self_ && !is_stopped_) stop(0);
    EXPECT_EQ(loops, 0u);
    EXPECT_EQ(errors, std::vector<std::string>());
    if (self_) adapter_->destroy(self_);
}

std::uint16_t FakeHost::port() {
    const std::lock_guard lock(mutex_);
    const std::string prefix = "listening on ";
    for (const std::string& line : log) {
        if (line.starts_with(prefix)) return static_cast<std::uint16_t>(std::stoi(line.substr(line.rfind(':') + 1)));
    }
    ADD_FAILURE() << "the adapter does not listen";
    return 0;
}

bool FakeHost::wait(const std::function<bool()>& condition) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(10), condition);
}

void FakeHost::with(const std::function<void()>& f) {
    const std::lock_guard lock(mutex_);
    f();
}

void FakeHost::on_loop(Scope& scope, std::function<void()> f) {
    void* context = nullptr;
    with([&] {
        scope.loop->due.push_back(std::move(f));
        context = scope.loop->context;
    });
    adapter_->wake(context);
}

void FakeHost::settle_locked(Scope& scope, const Outcome& outcome) {
    std::vector<millrace_send> replies;
    for (const Reply& reply : outcome.replies) {
        replies.push_back(
            {sizeof(millrace_send), reply.payload_kind, &scope.context, 1, 0, bytes(reply.payload), bytes(reply.body)});
        scope.sent += reply.payload.size() + reply.body.size();
    }
    const millrace_settlement settlement{
        sizeof settlement,    MILLRACE_CONNECT, outcome.verdict,
        outcome.code,         scope.context,    0,
        bytes(outcome.text),  replies.data(),   static_cast<std::uint32_t>(replies.size()),
        sizeof(millrace_send)};
    if (outcome.verdict != MILLRACE_ACK) scope.is_open = false;
    adapter_->settle(self_, &settlement, 1, sizeof settlement);
}

void FakeHost::settle(Scope& scope, const Outcome& outcome) {
    on_loop(scope, [this, &scope, outcome] { settle_locked(scope, outcome); });
}

void FakeHost::send(Scope& scope, std::uint32_t kind, const std::string& payload) {
    on_loop(scope, [this, &scope, kind, payload] {
        if (!scope.is_open) return;
        const millrace_send send{sizeof send, kind, &scope.context, 1, 0, bytes(payload), {}};
        scope.sent += payload.size();
        adapter_->send(self_, &send, 1, sizeof send);
    });
}

void FakeHost::send_all(std::uint32_t kind, const std::string& payload) {
    on_loop(scopes.front(), [this, kind, payload] {
        std::vector<void*> contexts;
        for (Scope& scope : scopes) {
            if (!scope.is_open) continue;
            contexts.push_back(scope.context);
            scope.sent += payload.size();
        }
        const millrace_send send{sizeof send,    kind, contexts.data(), static_cast<std::uint32_t>(contexts.size()), 0,
                                 bytes(payload), {}};
        adapter_->send(self_, &send, 1, sizeof send);
    });
}

void FakeHost::close(Scope& scope, std::uint32_t reason, std::uint32_t code, const std::string& what) {
    on_loop(scope, [this, &scope, reason, code, what] {
        if (!scope.is_open) return;
        scope.is_open = false;
        adapter_->close_scope(self_, scope.context, reason, code, bytes(what));
    });
}

void FakeHost::resume(Scope& scope) {
    on_loop(scope, [this, &scope] {
        if (scope.is_open) adapter_->resume(self_, scope.context);
    });
}

void FakeHost::quiesce() { adapter_->quiesce(self_); }

void FakeHost::stop(std::uint32_t deadline_ms) {
    is_stopped_ = true;
    adapter_->stop(self_, deadline_ms);
}

FakeHost::Scope* FakeHost::find(millrace_id id, const char* call) {
    if (id == 0 || id > scopes.size() || !scopes[id - 1].is_open) {
        errors.push_back(std::string(call) + ": no such scope");
        return nullptr;
    }
    if (scopes[id - 1].loop->thread != std::this_thread::get_id())
        errors.push_back(std::string(call) + ": wrong thread");
    return &scopes[id - 1];
}

std::vector<std::string> config_errors(const millrace_adapter* adapter, const std::string& config) {
    std::vector<std::string> errors;
    const millrace_errors sink{sizeof sink, 0, &errors, add_error};
    void* self = nullptr;
    if (adapter->create(nullptr, bytes(config), &sink, &self) == MILLRACE_OK) adapter->destroy(self);
    return errors;
}

}  // namespace millrace::test
