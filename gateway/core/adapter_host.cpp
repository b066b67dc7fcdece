#include "gateway/core/adapter_host.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <utility>

#include "gateway/base/log.hpp"
#include "gateway/core/bytes.hpp"
#include "gateway/core/dispatcher.hpp"
#include "gateway/core/names.hpp"
#include "gateway/core/pipeline.hpp"

namespace millrace {
namespace {

constexpr std::size_t kDegradedBytesMax = 500;

millrace_loop* to_loop(Dispatcher* dispatcher) { return reinterpret_cast<millrace_loop*>(dispatcher); }
Dispatcher* to_dispatcher(millrace_loop* loop) { return reinterpret_cast<Dispatcher*>(loop); }
AdapterHost& host_of(void* self) { return *static_cast<AdapterHost*>(self); }

template <class T> millrace_status status_of(const Result<T>& result, const millrace_sink* error) {
    if (result) return MILLRACE_OK;
    if (error) error->write(error->context, to_bytes(result.error().text));
    return MILLRACE_ERROR;
}

}  // namespace

AdapterHost::AdapterHost(const AdapterConfig& config, std::uint32_t index, std::string protocol,
                         const millrace_adapter& table, Pipeline& pipeline)
    : config_(config), index_(index), protocol_(std::move(protocol)), table_(table), pipeline_(pipeline),
      services_(config.name, pipeline.clock), host_{sizeof(millrace_adapter_host),
                                                    0,
                                                    services_.table(),
                                                    this,
                                                    loop_attach,
                                                    loop_run,
                                                    loop_detach,
                                                    scope_open,
                                                    scope_close,
                                                    submit,
                                                    written,
                                                    socket_take,
                                                    socket_keep,
                                                    gap,
                                                    outcome,
                                                    degraded,
                                                    body_create,
                                                    body_append,
                                                    body_seal,
                                                    body_release,
                                                    probe,
                                                    routes_release,
                                                    dead_letter},
      bodies_(pipeline.body_directory) {}

AdapterHost::~AdapterHost() {
    stop(0);
    retire();
    if (self_) table_.destroy(self_);
}

std::vector<ConfigError> AdapterHost::create() {
    SettingErrors errors(config_.settings);
    settings_print_ = errors.print();
    services_.set_mask(errors.mask());
    const auto create = [&] { return table_.create(&host_, to_bytes(errors.json()), errors.sink(), &self_); };
    if (errors.is_empty() && create() == MILLRACE_OK) return {};
    self_ = nullptr;
    auto found = errors.take();
    if (found.empty())
        found.push_back({config_.at, "bad-setting", "the adapter refused its settings without a reason"});
    return found;
}

Result<void> AdapterHost::step(const char* what, millrace_status (*call)(void*, const millrace_sink*)) {
    ErrorText error;
    if (call(self_, error.sink()) == MILLRACE_OK) return {};
    return Error{fmt::format("adapter {} {}: {}", name(), what, services_.hide(error.text()))};
}

Result<void> AdapterHost::prepare() { return step("cannot get what it needs", table_.prepare); }

Result<void> AdapterHost::start() {
    auto started = step("did not start", table_.start);
    is_started_ = started.has_value();
    return started;
}

void AdapterHost::stop(std::uint32_t deadline_ms) {
    if (std::exchange(is_started_, false)) table_.stop(self_, deadline_ms);
}

void AdapterHost::quiesce() {
    if (is_started_) table_.quiesce(self_);
    close_sockets();
}

void AdapterHost::retire() {
    if (is_started_) table_.retire(self_);
    close_sockets();
}

// As long as one is open, the system takes connections for it.
void AdapterHost::close_sockets() {
    for (const auto& [name, socket] : std::exchange(sockets_, {})) ::close(socket);
}

std::int32_t AdapterHost::socket_take(void* self, millrace_bytes name) {
    const AdapterHost* predecessor = host_of(self).predecessor_;
    if (!predecessor) return -1;
    const auto found = predecessor->sockets_.find(to_text(name));
    return found == predecessor->sockets_.end() ? -1 : ::fcntl(found->second, F_DUPFD_CLOEXEC, 0);
}

void AdapterHost::socket_keep(void* self, millrace_bytes name, std::int32_t fd) {
    const int kept = ::fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (kept < 0) return;
    const auto [at, is_new] = host_of(self).sockets_.try_emplace(std::string(to_text(name)), kept);
    if (!is_new) ::close(std::exchange(at->second, kept));
}

Dispatcher* AdapterHost::own(Dispatcher* dispatcher) {
    if (dispatcher && dispatcher->loop().is_current() && &dispatcher->adapter() == this) return dispatcher;
    count_refused_call();
    return nullptr;
}

bool AdapterHost::has_names(const millrace_scope_spec& spec) {
    const std::string_view key = to_text(spec.key);
    if (!key.empty() && is_plain_text(key) && are_plain({spec.attributes, spec.attribute_count})) return true;
    count_refused_call();
    log::limited(log::Level::warn, name(), "a scope is not opened: its key and its attributes have to be {}",
                 kPlainText);
    return false;
}

Dispatcher* AdapterHost::owner_of(millrace_id scope) { return own(pipeline_.loops.find(Id::unpack(scope).loop)); }

millrace_status AdapterHost::loop_attach(void* self, void* context, millrace_loop** loop) {
    AdapterHost& host = host_of(self);
    Dispatcher* dispatcher = host.pipeline_.loops.add(
        [&](std::uint16_t index) { return std::make_unique<Dispatcher>(index, host, context, host.pipeline_); });
    if (!dispatcher) return MILLRACE_ERROR;
    *loop = to_loop(dispatcher);
    return MILLRACE_OK;
}

void AdapterHost::loop_run(void* self, millrace_loop* loop) {
    if (Dispatcher* dispatcher = host_of(self).own(to_dispatcher(loop))) dispatcher->run();
}

void AdapterHost::loop_detach(void* self, millrace_loop* loop) {
    if (Dispatcher* dispatcher = host_of(self).own(to_dispatcher(loop))) dispatcher->detach();
}

std::int32_t AdapterHost::scope_open(void* self, millrace_loop* loop, const millrace_scope_spec* spec,
                                     millrace_id* scope) {
    AdapterHost& host = host_of(self);
    Dispatcher* dispatcher = host.own(to_dispatcher(loop));
    if (!dispatcher) return MILLRACE_NO_SLOT;
    if (!(spec->flags & MILLRACE_ADDRESSES) && !host.has_names(*spec)) return MILLRACE_UNMATCHED;
    return dispatcher->open(*spec, *scope);
}

void AdapterHost::scope_close(void* self, millrace_id scope, std::uint32_t reason, millrace_bytes fields) {
    AdapterHost& host = host_of(self);
    Dispatcher* dispatcher = host.owner_of(scope);
    if (dispatcher && !dispatcher->close(scope, reason, to_text(fields))) host.count_refused_call();
}

std::uint32_t AdapterHost::submit(void* self, millrace_id scope, const millrace_submission* first, std::uint32_t count,
                                  std::uint32_t stride, std::uint8_t* results) {
    AdapterHost& host = host_of(self);
    Dispatcher* dispatcher = host.owner_of(scope);
    if (!dispatcher) return 0;
    std::vector<millrace_submission> shown;  // With the bodies that are sealed.
    for (std::uint32_t i = 0; i < count; ++i) {
        const millrace_submission& each = strided(first, i, stride);
        if (each.sealed == 0) continue;
        const BodyFilePtr body = host.bodies_.sealed(each.sealed);
        if (!body) return host.count_refused_call(), 0;
        if (shown.empty())
            for (std::uint32_t k = 0; k < count; ++k) shown.push_back(strided(first, k, stride));
        shown[i].body = to_bytes(body->bytes());
    }
    if (shown.empty()) return dispatcher->submit(scope, first, count, stride, results);
    return dispatcher->submit(scope, shown.data(), count, sizeof(millrace_submission), results);
}

millrace_status AdapterHost::body_create(void* self, millrace_id* body, const millrace_sink* error) {
    auto created = host_of(self).bodies_.create();
    if (created) *body = *created;
    return status_of(created, error);
}

millrace_status AdapterHost::body_append(void* self, millrace_id body, millrace_bytes bytes,
                                         const millrace_sink* error) {
    return status_of(host_of(self).bodies_.append(body, to_text(bytes)), error);
}

millrace_status AdapterHost::body_seal(void* self, millrace_id body, millrace_bytes* whole,
                                       const millrace_sink* error) {
    const auto sealed = host_of(self).bodies_.seal(body);
    if (sealed) *whole = to_bytes(*sealed);
    return status_of(sealed, error);
}

void AdapterHost::body_release(void* self, millrace_id body) {
    if (!host_of(self).bodies_.release(body)) host_of(self).count_refused_call();
}

void AdapterHost::gap(void* self, millrace_id scope) {
    if (Dispatcher* dispatcher = host_of(self).owner_of(scope)) dispatcher->gap(scope);
}

void AdapterHost::outcome(void* self, millrace_loop* loop, const millrace_report* report) {
    if (Dispatcher* dispatcher = host_of(self).own(to_dispatcher(loop))) dispatcher->outcome(*report);
}

void AdapterHost::degraded(void* self, millrace_bytes why) {
    AdapterHost& host = host_of(self);
    std::string words = to_utf8(host.services_.hide(to_text(why)).substr(0, kDegradedBytesMax));
    if (!is_plain_text(words)) words = fmt::format("it says why in words that are not {}", kPlainText);
    const std::lock_guard lock(host.mutex_);
    host.degraded_ = std::move(words);
}

std::int32_t AdapterHost::probe(void* self, millrace_loop* loop, const millrace_probe* probe, millrace_id* routes) {
    AdapterHost& host = host_of(self);
    Dispatcher* dispatcher = host.own(to_dispatcher(loop));
    if (!dispatcher) return MILLRACE_PROBE_LATER;
    if (!are_plain({probe->attributes, probe->attribute_count})) {
        host.count_refused_call();
        return MILLRACE_PROBE_NO;
    }
    return dispatcher->probe(*probe, *routes);
}

void AdapterHost::routes_release(void* self, millrace_id routes) {
    AdapterHost& host = host_of(self);
    Dispatcher* dispatcher = host.owner_of(routes);
    if (dispatcher && !dispatcher->release(routes)) host.count_refused_call();
}

void AdapterHost::dead_letter(void* self, millrace_loop* loop, const millrace_letter* letter) {
    AdapterHost& host = host_of(self);
    Dispatcher* dispatcher = host.own(to_dispatcher(loop));
    if (!dispatcher) return;
    const bool is_named = is_plain_text(to_text(letter->key)) && is_plain_text(to_text(letter->reason));
    if (!is_named || letter->key.size == 0 || letter->reason.size == 0) return host.count_refused_call();
    dispatcher->bury(*letter, to_utf8(host.services_.hide(to_text(letter->text))));
}

std::string AdapterHost::degraded() const {
    const std::lock_guard lock(mutex_);
    return degraded_;
}

void AdapterHost::written(void* self, millrace_id scope, std::uint64_t bytes) {
    if (Dispatcher* dispatcher = host_of(self).owner_of(scope)) dispatcher->written(scope, bytes);
}

}  // namespace millrace
