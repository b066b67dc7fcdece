#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "gateway/base/result.hpp"
#include "gateway/core/config.hpp"
#include "gateway/core/host_services.hpp"
#include "gateway/core/pool.hpp"

// A configured consumer, or one generation of it: the plugin's object, its pool, and the gateway's side of its border.
// All generations of a name have its index, and are counted as one.
// Thread: create, start and stop on the control thread; what the plugin calls, as abi.h says.
namespace millrace {

class Loops;

// Which build of a plugin it is. Empty where that is not known.
struct Edition {
    std::string version;
    std::string hash;  // SHA-256 of its file.
};

class ConsumerHost {
  public:
    ConsumerHost(const ConsumerConfig& config, std::uint32_t index, const millrace_consumer& table, Loops& loops,
                 const Clock& clock);
    ~ConsumerHost();

    // [control] Before the first instance.
    void set_edition(Edition edition) { edition_ = std::move(edition); }
    const Edition& edition() const { return edition_; }

    ConsumerHost(const ConsumerHost&) = delete;

    // Has the plugin read its settings; empty where it takes them.
    std::vector<ConfigError> create();

    // Whether those are the settings that it was made with, the texts of the secrets included.
    bool has_settings(const PluginSettings& settings) const { return print_of(settings) == settings_print_; }
    Result<void> start();
    // Has the pool end and then the plugin stop. Returns how many workers are still in a handler after this time; while
    // there are any, the plugin is not told. May be called again.
    std::size_t stop(std::int64_t within_ms = 5'000);

    // Another generation has taken over, and no instance of this one is left: it stops, and its object goes. What is
    // named after it stays. Returns as stop() does.
    std::size_t retire(std::int64_t within_ms);
    bool has_retired() const { return self_ == nullptr; }

    // [loop] Instances. [any] How many there are.
    void enter() { instances_.fetch_add(1, std::memory_order_relaxed); }
    void leave() { instances_.fetch_sub(1, std::memory_order_release); }
    std::uint64_t instances() const { return instances_.load(std::memory_order_acquire); }

    const std::string& name() const { return config_.name; }
    const Gauges& gauges() const { return services_.gauges(); }
    const ConsumerConfig& config() const { return config_; }
    bool may_send(std::string_view address) const;  // Contract C7.
    std::uint32_t index() const { return index_; }
    bool is_sync() const { return table_.mode == MILLRACE_SYNC; }
    const millrace_consumer& table() const { return table_; }
    void* self() const { return self_; }
    Pool& pool() { return pool_; }

    // Handlers whose time was over, and of those the ones that have not returned. Sync: once no worker is left that
    // could run another, the consumer is stuck, and takes nothing (contract B4).
    std::uint64_t overdue_handlers() const { return overdue_handlers_.load(std::memory_order_relaxed); }
    bool is_stuck() const {
        return is_sync() && unreturned_handlers_.load(std::memory_order_relaxed) >= config_.workers;
    }
    void count_overdue();
    // Whether it was stuck until now.
    bool count_returned();

    // Times that its handler held a loop for too long.
    std::uint64_t holds() const { return holds_.load(std::memory_order_relaxed); }
    void count_hold() { holds_.fetch_add(1, std::memory_order_relaxed); }

    // Calls with a wrong, stale or foreign token.
    std::uint64_t refused_calls() const { return refused_calls_.load(std::memory_order_relaxed); }
    void count_refused_call() { refused_calls_.fetch_add(1, std::memory_order_relaxed); }

  private:
    static std::int32_t record(void* self, millrace_id token, const millrace_command* command);
    static millrace_status complete(void* self, millrace_id token, const millrace_outcome* outcome);
    static millrace_status set_state(void* self, millrace_id token, millrace_bytes state);
    static millrace_status start_op(void* self, millrace_id token, std::uint32_t kind, std::uint64_t arg,
                                    millrace_id* op);

    const ConsumerConfig config_;
    const std::uint32_t index_;
    const millrace_consumer& table_;
    Loops& loops_;
    HostServices services_;
    const millrace_consumer_host host_;
    Pool pool_;
    Edition edition_;
    void* self_ = nullptr;
    std::size_t settings_print_ = 0;
    bool is_started_ = false;
    std::atomic<std::uint64_t> instances_{0};
    std::atomic<std::uint64_t> refused_calls_{0};
    std::atomic<std::uint64_t> holds_{0};
    std::atomic<std::uint64_t> overdue_handlers_{0};
    std::atomic<std::uint32_t> unreturned_handlers_{0};
};

}  // namespace millrace
