#pragma once

#include <deque>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "conformance/recording_host.hpp"
#include "millrace/conformance.hpp"
#include "millrace/v1/message.pb.h"

// What the adapter calls: the recording host's side of abi.h. For recording_host.cpp alone.
namespace millrace::conformance {

inline millrace_bytes bytes(const std::string& text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view view(millrace_bytes from) { return {reinterpret_cast<const char*>(from.data), from.size}; }
inline std::string text(millrace_bytes from) { return std::string(view(from)); }

inline std::vector<std::pair<std::string, std::string>> pairs(const millrace_attribute* first, std::uint32_t count) {
    std::vector<std::pair<std::string, std::string>> list;
    for (const millrace_attribute& each : std::span(first, count)) list.emplace_back(text(each.key), text(each.value));
    return list;
}

inline void append(void* context, millrace_bytes from) { *static_cast<std::string*>(context) += text(from); }

inline void add_error(void* context, millrace_bytes path, millrace_bytes what) {
    static_cast<std::vector<std::string>*>(context)->push_back(text(path) + ": " + text(what));
}

// The address is where a reply is to go, in scopes with MILLRACE_REPLY_TO.
inline millrace_send send_to(std::span<void* const> scopes, std::uint32_t kind, millrace_bytes payload,
                             millrace_bytes body = {}, millrace_bytes address = {}) {
    return {sizeof(millrace_send),
            kind,
            scopes.data(),
            static_cast<std::uint32_t>(scopes.size()),
            0,
            payload,
            body,
            address,
            0,
            0,
            0,
            0,
            {},
            {}};
}

// The calls of this thread from the host into an adapter that are under way; from there it makes none back.
inline thread_local int depth = 0;

template <class Call> void into_adapter(Call call) {
    ++depth;
    call();
    --depth;
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
        if (of(self).addresses_.loop == &of(loop) && of(self).addresses_.is_open)
            of(self).broken("loop_detach: with the scope of all addresses open");
        for (const Routes& routes : of(self).routes_) {
            if (routes.loop == &of(loop) && routes.holds > 0) of(self).broken("loop_detach: with routes that are held");
        }
        of(loop).is_attached = false;
        --of(self).loops;
    }

    static std::int32_t open(void* self, millrace_loop* loop, const millrace_scope_spec* spec, millrace_id* id) {
        RecordingHost& host = of(self);
        std::unique_lock lock(host.mutex_);
        host.check(of(loop), "scope_open");
        if (host.is_draining_) return MILLRACE_DRAINING;
        if (spec->flags & MILLRACE_ADDRESSES) return host.open_addresses(of(loop), *spec, *id);
        const Routes* routes = spec->routes != 0 ? host.find_routes(spec->routes, "scope_open") : nullptr;
        if (host.manner.open != MILLRACE_OPENED) return host.manner.open;
        for (const Scope& other : host.scopes) {
            if (other.is_open && other.key == text(spec->key)) host.broken("scope_open: the key of an open scope");
        }
        Scope& scope = host.scopes.emplace_back();
        scope.id = host.scopes.size();
        scope.context = spec->context;
        scope.loop = &of(loop);
        scope.key = text(spec->key);
        scope.attributes = pairs(spec->attributes, spec->attribute_count);
        scope.fields = text(spec->fields);
        host.check_names(scope.key, scope.attributes, "scope_open");
        if (routes) scope.routes = routes->name;
        scope.send_bytes_max = spec->send_bytes_max;
        scope.needs_reply_to = spec->flags & MILLRACE_REPLY_TO;
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
        std::deque<std::string> addresses;  // of the echoes
        const auto* at = reinterpret_cast<const std::uint8_t*>(first);
        for (; taken < count; ++taken, at += stride) {
            const auto& it = *reinterpret_cast<const millrace_submission*>(at);
            const bool is_beginning = view(it.payload) == kBeginning;
            if (!is_beginning && scope->room == 0) break;
            if (scope->needs_reply_to) scope->reply_to = reply_to(it);
            if (results) results[taken] = host.result_of(is_beginning);
            if (is_beginning) continue;
            --scope->room;
            if (host.manner.remembers) host.remember(*scope, it);
            scope->body = body_of(host, it);
            if (!host.manner.echoes) continue;
            addresses.push_back(scope->reply_to);
            echoes.push_back(send_to({&scope->context, 1}, it.payload_kind, it.payload, {}, bytes(addresses.back())));
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
    static std::string reply_to(const millrace_submission& it) {
        v1::ChannelMessage message;
        return message.ParseFromArray(it.fields.data, static_cast<int>(it.fields.size)) ? message.reply_to() : "";
    }
    static void gap(void* self, millrace_id id) {
        const std::lock_guard lock(of(self).mutex_);
        of(self).find(id, "gap");
    }
    static void outcome(void* self, millrace_loop* loop, const millrace_report* report) {
        RecordingHost& host = of(self);
        const std::lock_guard lock(host.mutex_);
        host.check(of(loop), "outcome");
        host.outcomes.emplace_back(report->receipt, report->outcome);
        host.changed_.notify_all();
    }
    static void degraded(void*, millrace_bytes) {}

    static millrace_status create_body(void* self, millrace_id* body, const millrace_sink*) {
        const std::lock_guard lock(of(self).mutex_);
        of(self).bodies.emplace_back();
        *body = of(self).bodies.size();
        return MILLRACE_OK;
    }
    static millrace_status append_body(void* self, millrace_id body, millrace_bytes piece, const millrace_sink*) {
        const std::lock_guard lock(of(self).mutex_);
        Body* found = of(self).find_body(body, "body_append");
        if (found && found->is_sealed) of(self).broken("body_append: it is sealed");
        if (!found || found->is_sealed) return MILLRACE_ERROR;
        found->bytes += view(piece);
        return MILLRACE_OK;
    }
    static millrace_status seal_body(void* self, millrace_id body, millrace_bytes* whole, const millrace_sink*) {
        const std::lock_guard lock(of(self).mutex_);
        Body* found = of(self).find_body(body, "body_seal");
        if (!found) return MILLRACE_ERROR;
        found->is_sealed = true;
        *whole = bytes(found->bytes);
        return MILLRACE_OK;
    }
    static void release_body(void* self, millrace_id body) {
        const std::lock_guard lock(of(self).mutex_);
        if (Body* found = of(self).find_body(body, "body_release")) found->is_released = true;
    }
    static std::string body_of(RecordingHost& host, const millrace_submission& it) {
        if (it.sealed == 0) return text(it.body);
        const Body* found = host.find_body(it.sealed, "submit");
        if (found && !found->is_sealed) host.broken("submit: a body that is not sealed");
        return found ? found->bytes : std::string();
    }
    static std::int32_t probe(void* self, millrace_loop* loop, const millrace_probe* asked, millrace_id* routes) {
        RecordingHost& host = of(self);
        const std::lock_guard lock(host.mutex_);
        host.check(of(loop), "probe");
        if (host.is_draining_) return MILLRACE_PROBE_LATER;
        Probe& probe = host.probes.emplace_back();
        probe.attributes = pairs(asked->attributes, asked->attribute_count);
        for (const millrace_bytes& name : std::span(asked->unknown, asked->unknown_count))
            probe.unknown.push_back(text(name));
        host.check_names({}, probe.attributes, "probe");
        const Prospect prospect = host.manner.probe ? host.manner.probe(probe) : Prospect();
        const bool is_held = prospect.answer == MILLRACE_PROBE_MAYBE || prospect.answer == MILLRACE_PROBE_YES;
        if (is_held) *routes = host.hold(of(loop), prospect.routes);
        host.changed_.notify_all();
        return prospect.answer;
    }
    static void routes_release(void* self, millrace_id id) {
        const std::lock_guard lock(of(self).mutex_);
        if (Routes* routes = of(self).find_routes(id, "routes_release")) --routes->holds;
        of(self).changed_.notify_all();
    }
    static void dead_letter(void* self, millrace_loop* loop, const millrace_letter* letter) {
        const std::lock_guard lock(of(self).mutex_);
        of(self).check(of(loop), "dead_letter");
        if (letter->key.size == 0 || letter->reason.size == 0)
            of(self).broken("dead_letter: without a key or a reason");
        of(self).check_names(text(letter->key), {}, "dead_letter");
        of(self).letters.push_back(text(letter->reason) + " " + text(letter->payload));
        of(self).changed_.notify_all();
    }
};

}  // namespace millrace::conformance
