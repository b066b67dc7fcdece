#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "gateway/base/result.hpp"
#include "gateway/core/config.hpp"
#include "gateway/core/host_services.hpp"
#include "gateway/core/open_bodies.hpp"

// A configured adapter: the plugin's object and the gateway's side of its border.
// Thread: the life cycle on the control thread; what the plugin calls, as abi.h says.
namespace millrace {

class Dispatcher;
struct Pipeline;

class AdapterHost {
  public:
    AdapterHost(const AdapterConfig& config, std::uint32_t index, std::string protocol, const millrace_adapter& table,
                Pipeline& pipeline);
    ~AdapterHost();
    AdapterHost(const AdapterHost&) = delete;

    // Has the plugin read its settings; empty where it takes them.
    std::vector<ConfigError> create();

    // Whether those are the settings that it was made with, the texts of the secrets included.
    bool has_settings(const PluginSettings& settings) const { return print_of(settings) == settings_print_; }
    Result<void> prepare();
    Result<void> start();
    void quiesce();
    void stop(std::uint32_t deadline_ms);

    // A reload: `predecessor` has been this adapter until now; what it keeps can be taken over until it is retired.
    void succeed(const AdapterHost& predecessor) { predecessor_ = &predecessor; }
    void retire();

    const AdapterConfig& config() const { return config_; }

    // [loop] Scopes that are open, or have events to be handled. [any] How many.
    void enter() { scopes_.fetch_add(1, std::memory_order_relaxed); }
    void leave() { scopes_.fetch_sub(1, std::memory_order_release); }
    std::uint64_t scopes() const { return scopes_.load(std::memory_order_acquire); }

    // [any] Null: there is none, or it is not sealed.
    BodyFilePtr sealed_body(millrace_id body) const { return bodies_.sealed(body); }

    // [any] What keeps it from its work, in its own words; empty: nothing does.
    std::string degraded() const;

    const std::string& name() const { return config_.name; }
    const Gauges& gauges() const { return services_.gauges(); }
    const std::string& protocol() const { return protocol_; }
    bool is_upstream() const { return config_.is_upstream; }  // Its senders try again themselves (contract D7).
    bool is_keyed() const { return config_.is_keyed; }        // Its scopes' state outlives their closing (A7).
    bool is_transactional() const { return config_.is_transactional; }  // Each of its scopes is one message.
    bool has_addresses() const { return config_.has_addresses; }        // It sends to addresses that are no scopes.
    std::uint32_t index() const { return index_; }
    const millrace_adapter& table() const { return table_; }
    void* self() const { return self_; }

    // Calls with a wrong or stale scope, from another thread than the scope's loop, or with names that are none.
    std::uint64_t refused_calls() const { return refused_calls_.load(std::memory_order_relaxed); }
    void count_refused_call() { refused_calls_.fetch_add(1, std::memory_order_relaxed); }

    // [any] Replies to messages that do not say where a reply goes.
    std::uint64_t unaddressed_replies() const { return unaddressed_replies_.load(std::memory_order_relaxed); }
    void count_unaddressed_reply() { unaddressed_replies_.fetch_add(1, std::memory_order_relaxed); }

  private:
    static millrace_status loop_attach(void* self, void* context, millrace_loop** loop);
    static void loop_run(void* self, millrace_loop* loop);
    static void loop_detach(void* self, millrace_loop* loop);
    static std::int32_t scope_open(void* self, millrace_loop* loop, const millrace_scope_spec* spec,
                                   millrace_id* scope);
    static void scope_close(void* self, millrace_id scope, std::uint32_t reason, millrace_bytes fields);
    static std::uint32_t submit(void* self, millrace_id scope, const millrace_submission* first, std::uint32_t count,
                                std::uint32_t stride, std::uint8_t* results);
    static void written(void* self, millrace_id scope, std::uint64_t bytes);
    static std::int32_t socket_take(void* self, millrace_bytes name);
    static void socket_keep(void* self, millrace_bytes name, std::int32_t fd);
    static void gap(void* self, millrace_id scope);
    static void outcome(void* self, millrace_loop* loop, const millrace_report* report);
    static void degraded(void* self, millrace_bytes why);
    static millrace_status body_create(void* self, millrace_id* body, const millrace_sink* error);
    static millrace_status body_append(void* self, millrace_id body, millrace_bytes bytes, const millrace_sink* error);
    static millrace_status body_seal(void* self, millrace_id body, millrace_bytes* whole, const millrace_sink* error);
    static void body_release(void* self, millrace_id body);
    static std::int32_t probe(void* self, millrace_loop* loop, const millrace_probe* probe, millrace_id* routes);
    static void routes_release(void* self, millrace_id routes);
    static void dead_letter(void* self, millrace_loop* loop, const millrace_letter* letter);

    void close_sockets();
    // The dispatcher of that loop if this is its thread, else null, counted.
    Dispatcher* own(Dispatcher* dispatcher);
    Dispatcher* owner_of(millrace_id scope);
    bool has_names(const millrace_scope_spec& spec);  // False: counted and logged.
    Result<void> step(const char* what, millrace_status (*call)(void*, const millrace_sink*));

    const AdapterConfig config_;
    const std::uint32_t index_;
    const std::string protocol_;
    const millrace_adapter& table_;
    Pipeline& pipeline_;
    HostServices services_;
    const millrace_adapter_host host_;
    void* self_ = nullptr;
    std::size_t settings_print_ = 0;
    bool is_started_ = false;
    const AdapterHost* predecessor_ = nullptr;
    std::map<std::string, int, std::less<>> sockets_;  // For the next generation.
    std::atomic<std::uint64_t> scopes_{0};
    std::atomic<std::uint64_t> refused_calls_{0};
    std::atomic<std::uint64_t> unaddressed_replies_{0};
    mutable std::mutex mutex_;
    std::string degraded_;  // Guarded by mutex_.
    OpenBodies bodies_;
};

}  // namespace millrace
