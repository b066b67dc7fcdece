#include "conformance/recording_host.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

#include "conformance/recording_border.hpp"

namespace millrace::conformance {
namespace {

std::string value_of(const std::vector<std::pair<std::string, std::string>>& attributes, const std::string& name) {
    for (const auto& [key, value] : attributes) {
        if (key == name) return value;
    }
    return {};
}

}  // namespace

std::chrono::milliseconds patience() {
    const char* set = std::getenv("MILLRACE_PATIENCE_MS");
    return std::chrono::milliseconds(set ? std::atoi(set) : 10'000);
}

std::string RecordingHost::Scope::attribute(const std::string& name) const { return value_of(attributes, name); }
std::string RecordingHost::Probe::attribute(const std::string& name) const { return value_of(attributes, name); }

RecordingHost::RecordingHost(const millrace_adapter* adapter, const std::string& config, Manner how)
    : manner(std::move(how)), adapter_(adapter) {
    addresses_.is_open = false;
    common_ = {sizeof common_, MILLRACE_ABI, this, Border::log, Border::now_us, Border::to_json, Border::gauge};
    table_ = {sizeof table_,
              0,
              &common_,
              this,
              Border::attach,
              Border::run,
              Border::detach,
              Border::open,
              Border::close,
              Border::submit,
              Border::written,
              Border::take_socket,
              Border::keep_socket,
              Border::gap,
              Border::outcome,
              Border::degraded,
              Border::create_body,
              Border::append_body,
              Border::seal_body,
              Border::release_body,
              Border::probe,
              Border::routes_release,
              Border::dead_letter};
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
    for (const Body& body : bodies) EXPECT_TRUE(body.is_released);
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
            replies.push_back(send_to({&scope.context, 1}, reply.payload_kind, bytes(reply.payload), bytes(reply.body),
                                      bytes(scope.reply_to)));
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

void RecordingHost::settle_message(Scope& scope, std::size_t index, std::uint32_t verdict, const std::string& what,
                                   std::uint32_t code) {
    on_loop(scope, [this, &scope, index, verdict, what, code] {
        if (!scope.is_open) return;
        const millrace_settlement settlement{sizeof settlement,       MILLRACE_MESSAGE, verdict, code, scope.context,
                                             scope.cookies.at(index), bytes(what),      nullptr, 0,    0};
        into_adapter([&] { adapter_->settle(self_, &settlement, 1, sizeof settlement); });
    });
}

void RecordingHost::send(Scope& scope, std::uint32_t kind, const std::string& payload, std::uint64_t receipt) {
    on_loop(scope, [this, &scope, kind, payload, receipt] {
        if (!scope.is_open) return;
        std::string address;
        with([&] {
            scope.sent += payload.size();
            address = scope.reply_to;
        });
        millrace_send send = send_to({&scope.context, 1}, kind, bytes(payload), {}, bytes(address));
        send.receipt = receipt;
        into_adapter([&] { adapter_->send(self_, &send, 1, sizeof send); });
        changed_.notify_all();
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
        const millrace_send send = send_to(contexts, kind, bytes(payload));
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
        is_draining_ = true;
        if (addresses_.is_open) open.push_back(&addresses_);
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

std::int32_t RecordingHost::open_addresses(Loop& loop, const millrace_scope_spec& spec, millrace_id& id) {
    if (addresses_.is_open) broken("scope_open: a second scope of all addresses");
    if (!scopes.empty()) broken("scope_open: that of all addresses behind others");
    addresses_ = {};
    addresses_.context = spec.context;
    addresses_.loop = &loop;
    addresses_.is_answered = addresses_.is_open = true;
    id = addresses_.id = kAddresses;
    return MILLRACE_OPENED;
}

millrace_id RecordingHost::hold(Loop& loop, const std::string& name) {
    std::size_t index = 0;
    while (index < routes_.size() && (routes_[index].loop != &loop || routes_[index].name != name)) ++index;
    if (index == routes_.size()) routes_.push_back({&loop, name, 0});
    ++routes_[index].holds;
    return kRoutes + index;
}

RecordingHost::Routes* RecordingHost::find_routes(millrace_id id, const char* call) {
    const bool is_known = id >= kRoutes && id - kRoutes < routes_.size() && routes_[id - kRoutes].holds > 0;
    if (!is_known) return broken(std::string(call) + ": routes that are not held"), nullptr;
    check(*routes_[id - kRoutes].loop, call);
    return &routes_[id - kRoutes];
}

std::uint64_t RecordingHost::held_routes() const {
    std::uint64_t count = 0;
    for (const Routes& routes : routes_) count += routes.holds;
    return count;
}

void RecordingHost::remember(Scope& scope, const millrace_submission& it) {
    scope.messages.push_back((it.payload_kind == MILLRACE_TEXT ? "t:" : "d:") + text(it.payload));
    scope.cookies.push_back(it.cookie);
    if (it.fields.size > 0) scope.event_fields = text(it.fields);
}

std::uint8_t RecordingHost::result_of(bool is_beginning) const {
    if (is_beginning) return MILLRACE_SETTLED;
    if (manner.goes_nowhere) return MILLRACE_NOWHERE;
    return manner.remembers && !manner.is_live ? MILLRACE_PENDING : MILLRACE_SETTLED;
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

// The gateway refuses others.
void RecordingHost::check_names(const std::string& key,
                                const std::vector<std::pair<std::string, std::string>>& attributes, const char* call) {
    const auto is_plain = [](const std::string& text) {
        return std::ranges::none_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7F; });
    };
    if (!is_plain(key)) broken(std::string(call) + ": a control character in the key");
    for (const auto& [name, value] : attributes) {
        if (!is_plain(name) || !is_plain(value)) broken(std::string(call) + ": a control character in " + name);
    }
}

RecordingHost::Scope* RecordingHost::find(millrace_id id, const char* call) {
    Scope* scope = id > 0 && id <= scopes.size() ? &scopes[id - 1] : nullptr;
    if (id == kAddresses) scope = &addresses_;
    if (scope && scope->is_open) {
        check(*scope->loop, call);
        return scope;
    }
    broken(std::string(call) + (is_stopped_ ? ": after stop" : ": no such scope"));
    return nullptr;
}

RecordingHost::Body* RecordingHost::find_body(millrace_id id, const char* call) {
    Body* body = id > 0 && id <= bodies.size() ? &bodies[id - 1] : nullptr;
    if (body && !body->is_released) return body;
    broken(std::string(call) + ": no such body");
    return nullptr;
}

}  // namespace millrace::conformance
