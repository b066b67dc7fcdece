#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "gateway/base/log.hpp"
#include "gateway/core/gateway.hpp"

// Changing over to another configuration while the gateway runs (contract E8, E9). Everything new is made first, which
// may fail and is seen by nobody; what follows cannot fail, but for the threads of a new adapter: then it is undone.
namespace millrace {
namespace {

constexpr std::int64_t kChangeOver_ms = 2'000;
constexpr std::int64_t kGoodbye_ms = 1'000;
constexpr std::int64_t kGrace_us = 2'000'000;

bool is_same(const MatchConfigs& a, const MatchConfigs& b) {
    return std::ranges::equal(a, b, [](const MatchConfig& x, const MatchConfig& y) {
        return x.key == y.key && x.values == y.values && x.type == y.type &&
               std::ranges::equal(x.parts, y.parts, [](const auto& p, const auto& q) { return is_same(p, q); });
    });
}

bool is_same(const RouteConfig& a, const RouteConfig& b) {
    return is_same(a.match, b.match) && a.to == b.to && a.drop == b.drop && a.delivery == b.delivery &&
           a.retry == b.retry && a.on_reject == b.on_reject && a.timeout_ms == b.timeout_ms && a.goes_on == b.goes_on;
}

bool is_same(const ConsumerConfig& a, const ConsumerConfig& b) {
    return a.plugin == b.plugin && a.workers == b.workers && a.mailbox == b.mailbox && a.idle_ms == b.idle_ms &&
           a.state_ttl_ms == b.state_ttl_ms && a.may_send == b.may_send;
}

template <class Named> const Named* find(const std::vector<Named>& all, std::string_view name) {
    const auto found = std::ranges::find(all, name, &Named::name);
    return found == all.end() ? nullptr : &*found;
}

void compare(const std::vector<RouteConfig>& before, const std::vector<RouteConfig>& after,
             std::vector<std::string>& changes) {
    for (const RouteConfig& route : after) {
        const RouteConfig* old = find(before, route.name);
        if (!old || !is_same(*old, route)) {
            changes.push_back(fmt::format("route {}: {}", route.name, old ? "changed" : "added"));
        }
    }
    for (const RouteConfig& route : before) {
        if (!find(after, route.name)) changes.push_back(fmt::format("route {}: removed", route.name));
    }
    if (changes.empty() && !std::ranges::equal(before, after, {}, &RouteConfig::name, &RouteConfig::name)) {
        changes.emplace_back("routes: in another order");
    }
}

std::uint32_t index_of(std::vector<std::string>& names, std::string_view name) {
    const auto found = std::ranges::find(names, name);
    if (found != names.end()) return static_cast<std::uint32_t>(found - names.begin());
    names.emplace_back(name);
    return static_cast<std::uint32_t>(names.size() - 1);
}

}  // namespace

AdapterHost* Gateway::current_adapter(std::string_view name) const {
    const auto found = std::ranges::find(adapters_, name, &AdapterHost::name);
    return found == adapters_.end() ? nullptr : *found;
}

ConsumerHost* Gateway::current_consumer(std::string_view name) const {
    const SnapshotPtr current = snapshot();
    const auto found = std::ranges::find(current->consumers, name, &ConsumerHost::name);
    return found == current->consumers.end() ? nullptr : *found;
}

ReloadResult Gateway::reload(const Config& next, const Catalogue& catalogue, const std::string& state_dir,
                             const std::string& prober) {
    ReloadResult result;
    const SnapshotPtr before = snapshot();
    const LoadedPlugins plugins = load_plugins(catalogue.used_by(next), state_dir, prober, resident_);
    Draft made = draft(next, catalogue, plugins, result);
    if (result.errors.empty()) {
        if (auto error = prepare(next, made)) result.errors.push_back(*std::move(error));
    }
    if (result.errors.empty()) {
        if (auto error = change_over(next, made)) result.errors.push_back(*std::move(error));
    }
    if (!result.errors.empty()) {
        abandon(std::move(made));
        std::ranges::stable_sort(result.errors, {}, &ConfigError::at);
        return result;
    }
    install(std::move(made), before->config, result);
    return result;
}

void Gateway::count_refusal(std::string why) {
    std::lock_guard lock(mutex_);
    ++reloads_failed_;
    last_refusal_ = std::move(why);
}

// What is as before goes on; the rest is made, and reads its settings.
Gateway::Draft Gateway::draft(const Config& next, const Catalogue& catalogue, const LoadedPlugins& plugins,
                              ReloadResult& result) {
    Draft made;
    const auto take = [&result](std::vector<ConfigError> found) {
        std::ranges::move(found, std::back_inserter(result.errors));
    };
    for (const AdapterConfig& config : next.adapters) {
        const Manifest& manifest = *catalogue.adapter(config.type);
        const auto& plugin = plugins.at(&manifest);
        AdapterHost* current = current_adapter(config.name);
        made.adapters.push_back(current);
        if (!plugin) {
            result.errors.push_back({config.at, "plugin-refused", plugin.error().text});
            continue;
        }
        const millrace_adapter& table = *(*plugin.value()).adapter;
        if (current && &current->table() == &table && current->has_settings(config.settings)) continue;
        auto host =
            std::make_unique<AdapterHost>(config, index_of_adapter(config.name), manifest.protocol, table, pipeline_);
        if (current) host->succeed(*current);
        take(host->create());
        made.adapters.back() = host.get();
        made.new_adapters.push_back(std::move(host));
    }
    for (const ConsumerConfig& config : next.consumers) {
        const auto& plugin = plugins.at(catalogue.consumer(config.plugin));
        ConsumerHost* current = current_consumer(config.name);
        made.consumers.push_back(current);
        if (!plugin) {
            result.errors.push_back({config.at, "plugin-refused", plugin.error().text});
            continue;
        }
        const millrace_consumer& table = *(*plugin.value()).consumer;
        const bool is_as_before = current && &current->table() == &table && is_same(current->config(), config) &&
                                  current->has_settings(config.settings);
        if (is_as_before) continue;
        result.changes.push_back(fmt::format("consumer {}: {}", config.name, current ? "changed" : "added"));
        auto host = std::make_unique<ConsumerHost>(config, index_of_consumer(config.name), table, pipeline_.loops,
                                                   pipeline_.clock);
        host->set_edition({catalogue.consumer(config.plugin)->version, hash_of(plugin.value())});
        take(host->create());
        made.consumers.back() = host.get();
        made.new_consumers.push_back(std::move(host));
    }
    return made;
}

std::uint32_t Gateway::index_of_adapter(std::string_view name) {
    std::lock_guard lock(mutex_);
    return index_of(adapter_names_, name);
}

std::uint32_t Gateway::index_of_consumer(std::string_view name) {
    std::lock_guard lock(mutex_);
    return index_of(consumer_names_, name);
}

std::optional<ConfigError> Gateway::prepare(const Config& next, Draft& made) {
    if (auto opened = open_spool(next); !opened) return ConfigError{{}, "cannot-start", opened.error().text};
    for (const auto& adapter : made.new_adapters) {
        if (auto prepared = adapter->prepare(); !prepared) {
            return ConfigError{find(next.adapters, adapter->name())->at, "cannot-start", prepared.error().text};
        }
    }
    for (const auto& consumer : made.new_consumers) {
        if (auto started = consumer->start(); !started) {
            return ConfigError{find(next.consumers, consumer->name())->at, "cannot-start", started.error().text};
        }
    }
    return std::nullopt;
}

// Loops are asked in two rounds, so that none meets a consumer that it cannot count for.
std::optional<ConfigError> Gateway::change_over(const Config& next, Draft& made) {
    const SnapshotPtr before = snapshot();
    const auto snapshot = std::make_shared<Snapshot>(next, pipeline_.route_book);
    snapshot->positions.clear();
    for (std::uint32_t i = 0; i < made.adapters.size(); ++i) snapshot->place(made.adapters[i]->index(), i);
    for (ConsumerHost* consumer : made.consumers) snapshot->add(*consumer);
    const std::size_t consumers = consumer_names_.size();
    const bool is_ready = ask_all(kChangeOver_ms, [consumers](Dispatcher& dispatcher, auto done) {
        dispatcher.make_room_for(consumers);
        done();
    });
    if (!is_ready) return ConfigError{{}, "loop-held", "a loop is held by a handler that does not return: try again"};
    adopt(snapshot);
    pipeline_.ports.set_names(snapshot->consumers, snapshot->config.adapters);
    for (const auto& adapter : made.new_adapters) {
        auto started = adapter->start();
        if (started) continue;
        adopt(before);
        pipeline_.ports.set_names(before->consumers, before->config.adapters);
        for (const AdapterHost* stays : adapters_) {
            for (Dispatcher* dispatcher : loops_of(*stays)) {
                static_cast<void>(dispatcher->loop().post([dispatcher] { dispatcher->list_addresses(); }));
            }
        }
        return ConfigError{find(next.adapters, adapter->name())->at, "cannot-start", started.error().text};
    }
    return std::nullopt;
}

// A loop that is held changes over when it is free; what retires waits for it.
void Gateway::adopt(const SnapshotPtr& snapshot) {
    pipeline_.publish(snapshot);
    const auto loops = pipeline_.loops.all();
    adoption_ = std::make_shared<Latch>(loops.size());
    for (Dispatcher* dispatcher : loops) {
        const bool is_posted = dispatcher->loop().post([dispatcher, snapshot, latch = adoption_] {
            dispatcher->adopt(snapshot);
            latch->count_down();
        });
        if (!is_posted) adoption_->count_down();
    }
    adoption_->wait_ms(kChangeOver_ms);
}

// Loops may have met it.
void Gateway::abandon(Draft made) {
    std::lock_guard lock(mutex_);
    for (auto& adapter : made.new_adapters) {
        adapter->quiesce();
        adapter->stop(kGoodbye_ms);
        adapter->retire();
        all_adapters_.push_back(std::move(adapter));
    }
    retire_consumers(std::move(made.new_consumers), 0);
}

// And all others that are not of the configuration.
void Gateway::retire_consumers(std::vector<std::unique_ptr<ConsumerHost>> more, std::int64_t until_us) {
    const SnapshotPtr current = snapshot();
    for (auto& consumer : more) pipeline_.keep(std::move(consumer));
    for (const auto& consumer : pipeline_.consumers) {
        const bool is_current = std::ranges::count(current->consumers, consumer.get()) != 0;
        const bool is_retiring = std::ranges::count(retiring_consumers_, consumer.get(), &RetiringConsumer::host) != 0;
        if (!is_current && !is_retiring && !consumer->has_retired()) {
            retiring_consumers_.push_back({consumer.get(), until_us});
        }
    }
}

void Gateway::install(Draft made, const Config& before, ReloadResult& result) {
    const SnapshotPtr current = snapshot();
    std::vector<AdapterHost*> former = adapters_;
    std::erase_if(former, [&](AdapterHost* each) { return std::ranges::count(made.adapters, each) != 0; });
    const auto now_us = pipeline_.clock.steady_us();
    const auto until_us = now_us + static_cast<std::int64_t>(current->config.retire_after_ms) * 1000;
    std::lock_guard lock(mutex_);
    for (AdapterHost* adapter : former) {
        const bool is_replaced = find(current->config.adapters, adapter->name()) != nullptr;
        result.changes.push_back(fmt::format("adapter {}: {}", adapter->name(), is_replaced ? "changed" : "removed"));
        adapter->retire();
        if (!is_replaced) adapter->quiesce();
        const auto drain_us = now_us + static_cast<std::int64_t>(current->config.drain_ms) * 1000;
        retiring_adapters_.push_back(
            {adapter, now_us + (is_replaced ? kGrace_us : 0), is_replaced ? until_us : drain_us});
    }
    for (AdapterHost* adapter : made.adapters) {
        if (!current_adapter(adapter->name()))
            result.changes.push_back(fmt::format("adapter {}: added", adapter->name()));
    }
    adapters_ = std::move(made.adapters);
    std::ranges::move(made.new_adapters, std::back_inserter(all_adapters_));
    retire_consumers(std::move(made.new_consumers), until_us);
    for (const ConsumerConfig& consumer : before.consumers) {
        if (find(current->config.consumers, consumer.name)) continue;
        result.changes.push_back(fmt::format("consumer {}: removed", consumer.name));
    }
    compare(before.routes, current->config.routes, result.changes);
    ++reloads_;
    last_refusal_.clear();
    woken_after_ = 0;  // A consumer may be there again.
}

void Gateway::tick() {
    tend_spool();
    if (adoption_ && !adoption_->wait_ms(0)) return;
    const auto now_us = pipeline_.clock.steady_us();
    std::lock_guard lock(mutex_);
    std::erase_if(retiring_adapters_, [&](RetiringAdapter& each) {
        if (each.host->scopes() == 0 && now_us >= each.from_us) {
            each.host->stop(kGoodbye_ms);
            woken_after_ = 0;  // What its connections have left comes to others.
            return true;
        }
        if (now_us >= each.until_us && !std::exchange(each.is_closing, true)) {
            each.host->quiesce();
            for (Dispatcher* loop : loops_of(*each.host)) loop->loop().post([loop] { loop->close_all([] {}); });
        }
        return false;
    });
    std::erase_if(retiring_consumers_, [&](RetiringConsumer& each) {
        if (each.host->instances() == 0) return each.host->retire(kGoodbye_ms) == 0;
        if (now_us >= each.until_us && !std::exchange(each.is_closing, true)) {
            for (Dispatcher* loop : pipeline_.loops.all()) {
                loop->loop().post([loop, host = each.host] { loop->end_generation(*host); });
            }
        }
        return false;
    });
}

}  // namespace millrace
