#include "tests/support/fake_adapter.hpp"

#include <utility>

namespace millrace::testing {
namespace {

FakeAdapter* current = nullptr;

FakeAdapter::Scope& scope_of(void* context) { return *static_cast<FakeAdapter::Scope*>(context); }

void take(const millrace_send& send) {
    for (std::uint32_t i = 0; i < send.scope_count; ++i) {
        auto& scope = scope_of(send.scope_contexts[i]);
        scope.replies.emplace_back(to_text(send.payload));
        if (send.body.size != 0) scope.bodies.emplace_back(to_text(send.body));
        if (send.address.size != 0)
            scope.addresses.push_back(std::string(to_text(send.address)) + " " + std::to_string(send.hops));
        if (send.receipt != 0) scope.receipts.push_back(send.receipt);
        if (send.asker.size != 0)
            scope.askers.emplace_back(std::string(to_text(send.asker)), std::string(to_text(send.asked_in)));
        if (send.id != 0) scope.ids.push_back(send.id);
        scope.unwritten_bytes += send.payload.size + send.body.size;
    }
}

}  // namespace

FakeAdapter::FakeAdapter() { current = this; }
FakeAdapter::~FakeAdapter() { current = nullptr; }

const millrace_adapter& FakeAdapter::table() {
    static const millrace_adapter table{
        .struct_size = sizeof(millrace_adapter),
        .reserved = 0,
        .create =
            [](const millrace_adapter_host* host, millrace_bytes, const millrace_errors*, void** self) {
                current->set_host(host);
                *self = current;
                return MILLRACE_OK;
            },
        .prepare = [](void*, const millrace_sink*) { return MILLRACE_OK; },
        .start = [](void*, const millrace_sink*) { return MILLRACE_OK; },
        .quiesce = [](void*) {},
        .stop = [](void*, std::uint32_t) {},
        .destroy = [](void*) {},
        .wake = [](void* context) { static_cast<FakeAdapter*>(context)->woken_ = true; },
        .settle = settle,
        .send = send,
        .close_scope =
            [](void*, void* context, std::uint32_t reason, std::uint32_t code, millrace_bytes text) {
                auto& scope = scope_of(context);
                scope.closed_reason = reason;
                scope.closed_code = code;
                scope.closed_text = to_text(text);
            },
        .resume = [](void*, void* context) { ++scope_of(context).resumes; },
        .retire = [](void*) {},
    };
    return table;
}

void FakeAdapter::settle(void*, const millrace_settlement* first, std::uint32_t count, std::uint32_t) {
    if (first->kind == MILLRACE_MESSAGE) {
        for (std::uint32_t i = 0; i < count; ++i) {
            scope_of(first[i].scope_context).settlements.push_back({first[i].cookie, first[i].verdict});
        }
        return;
    }
    auto& scope = scope_of(first->scope_context);
    scope.settled = first->verdict;
    scope.code = first->code;
    scope.text = to_text(first->text);
    for (std::uint32_t i = 0; i < first->reply_count; ++i) take(first->replies[i]);
}

void FakeAdapter::send(void* self, const millrace_send* first, std::uint32_t count, std::uint32_t) {
    for (std::uint32_t i = 0; i < count; ++i) take(first[i]);
    if (auto& during_send = static_cast<FakeAdapter*>(self)->during_send) during_send();
}

void FakeAdapter::attach() { host_->loop_attach(host_->self, this, &loop_); }

void FakeAdapter::run() {
    while (woken_.exchange(false)) host_->loop_run(host_->self, loop_);
}

std::int32_t FakeAdapter::open(Scope& scope, std::string_view path, std::uint64_t send_bytes_max) {
    const millrace_attribute attribute{to_bytes("path"), to_bytes(path)};
    const millrace_scope_spec spec{sizeof spec, 1, &scope, to_bytes(scope.key), &attribute, {}, send_bytes_max,
                                   0,           0, 0};
    return host_->scope_open(host_->self, loop_, &spec, &scope.id);
}

std::int32_t FakeAdapter::open_with(Scope& scope, std::string_view path, std::uint32_t flags,
                                    std::uint32_t settle_deadline_ms, millrace_id routes) {
    const bool has_key = (flags & MILLRACE_ADDRESSES) == 0;
    const millrace_attribute attribute{to_bytes("path"), to_bytes(path)};
    const millrace_scope_spec spec{sizeof spec,
                                   has_key ? 1u : 0u,
                                   &scope,
                                   to_bytes(has_key ? std::string_view(scope.key) : std::string_view()),
                                   &attribute,
                                   {},
                                   1 << 20,
                                   flags,
                                   settle_deadline_ms,
                                   routes};
    return host_->scope_open(host_->self, loop_, &spec, &scope.id);
}

std::int32_t FakeAdapter::probe(std::string_view path, millrace_id& routes,
                                const std::vector<std::string_view>& unknown) {
    const millrace_attribute attribute{to_bytes("path"), to_bytes(path)};
    std::vector<millrace_bytes> names;
    for (const std::string_view name : unknown) names.push_back(to_bytes(name));
    const millrace_probe probe{sizeof probe, 1, &attribute, names.data(), static_cast<std::uint32_t>(names.size()), 0};
    return host_->probe(host_->self, loop_, &probe, &routes);
}

std::uint32_t FakeAdapter::submit(const Scope& scope, const std::vector<std::string>& texts) {
    std::vector<millrace_submission> submissions;
    for (const std::string& text : texts) {
        submissions.push_back(
            {sizeof(millrace_submission), MILLRACE_TEXT, to_bytes(text), {}, next_cookie_++, nullptr, 0, 0, {}, {}, 0});
    }
    return host_->submit(host_->self, scope.id, submissions.data(), static_cast<std::uint32_t>(submissions.size()),
                         sizeof(millrace_submission), nullptr);
}

int FakeAdapter::submit(const Scope& scope, std::string_view text, const Extras& extras) {
    std::vector<millrace_attribute> attributes;
    for (const auto& [key, value] : extras.attributes) attributes.push_back({to_bytes(key), to_bytes(value)});
    const millrace_submission submission{sizeof(millrace_submission),
                                         MILLRACE_TEXT,
                                         to_bytes(text),
                                         to_bytes(extras.fields),
                                         next_cookie_++,
                                         attributes.data(),
                                         static_cast<std::uint32_t>(attributes.size()),
                                         extras.hops,
                                         to_bytes(extras.external_id),
                                         to_bytes(extras.body),
                                         extras.sealed};
    std::uint8_t result = 0;
    const auto taken = host_->submit(host_->self, scope.id, &submission, 1, sizeof submission, &result);
    return taken == 1 ? result : kRefused;
}

void FakeAdapter::close(const Scope& scope, std::uint32_t reason) {
    host_->scope_close(host_->self, scope.id, reason, {});
}

void FakeAdapter::written(Scope& scope) {
    host_->written(host_->self, scope.id, std::exchange(scope.unwritten_bytes, 0));
}

}  // namespace millrace::testing
