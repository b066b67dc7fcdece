#include <gtest/gtest.h>

#include <condition_variable>
#include <map>
#include <mutex>
#include <random>
#include <thread>

#include "gateway/core/adapter_host.hpp"
#include "gateway/core/dispatcher.hpp"
#include "gateway/core/pipeline.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/scripted_consumer.hpp"

// Loops on threads of their own do at random what adapters do, to consumers that do at random what handlers do. The
// sanitizers watch; the counting identity and the end of every scope are the oracle.
// The seed is printed; MILLRACE_SEED replays it (up to what the threads' timing adds).
namespace millrace {
namespace {

using testing::ManualClock;
using testing::ScriptedConsumer;

constexpr int kLoops = 3;
constexpr int kSteps = 3'000;
constexpr std::size_t kScopesMax = 20;

unsigned make_seed() {
    const char* given = std::getenv("MILLRACE_SEED");
    return given ? static_cast<unsigned>(std::stoul(given)) : std::random_device{}();
}

// An adapter whose threads do not read from sockets but throw dice.
class DiceAdapter {
  public:
    static const millrace_adapter& table();

    void run(unsigned seed);

    const millrace_adapter_host* host = nullptr;

  private:
    struct Scope {
        millrace_id id = 0;
        bool is_open = false;
        bool is_gone = false;
        std::uint64_t unwritten_bytes = 0;
    };
    struct Thread {
        std::mutex mutex;
        std::condition_variable woken_up;
        bool is_woken = false;
        std::map<std::uint64_t, Scope> scopes;
        std::minstd_rand dice;
    };

    void step(Thread& thread, millrace_loop* loop);
    void open(Thread& thread, millrace_loop* loop);
    void submit(Thread& thread, Scope& scope);

    static Scope& scope_of(void* context) { return *static_cast<Scope*>(context); }
};

DiceAdapter* dice_adapter = nullptr;

const millrace_adapter& DiceAdapter::table() {
    static const millrace_adapter table{
        .struct_size = sizeof(millrace_adapter),
        .reserved = 0,
        .create =
            [](const millrace_adapter_host* host, millrace_bytes, const millrace_errors*, void** self) {
                dice_adapter->host = host;
                *self = dice_adapter;
                return MILLRACE_OK;
            },
        .prepare = nullptr,
        .start = nullptr,
        .quiesce = nullptr,
        .stop = nullptr,
        .destroy = [](void*) {},
        .wake =
            [](void* context) {
                auto& thread = *static_cast<Thread*>(context);
                std::lock_guard lock(thread.mutex);
                thread.is_woken = true;
                thread.woken_up.notify_one();
            },
        .settle =
            [](void*, const millrace_settlement* settlement, std::uint32_t, std::uint32_t) {
                Scope& scope = scope_of(settlement->scope_context);
                (settlement->verdict == MILLRACE_ACK ? scope.is_open : scope.is_gone) = true;
                for (std::uint32_t i = 0; i < settlement->reply_count; ++i) {
                    scope.unwritten_bytes += settlement->replies[i].payload.size;
                }
            },
        .send =
            [](void*, const millrace_send* first, std::uint32_t count, std::uint32_t) {
                for (std::uint32_t i = 0; i < count; ++i) {
                    for (std::uint32_t k = 0; k < first[i].scope_count; ++k) {
                        scope_of(first[i].scope_contexts[k]).unwritten_bytes += first[i].payload.size;
                    }
                }
            },
        .close_scope = [](void*, void* context, std::uint32_t, std::uint32_t,
                          millrace_bytes) { scope_of(context).is_gone = true; },
        .resume = [](void*, void* context) { EXPECT_FALSE(scope_of(context).is_gone); },
        .retire = [](void*) {},
    };
    return table;
}

void DiceAdapter::run(unsigned seed) {
    Thread thread;
    thread.dice.seed(seed);
    millrace_loop* loop = nullptr;
    ASSERT_EQ(host->loop_attach(host->self, &thread, &loop), MILLRACE_OK);
    for (int i = 0; i < kSteps; ++i) step(thread, loop);
    for (auto& [key, scope] : thread.scopes) {
        if (!scope.is_gone) host->scope_close(host->self, scope.id, MILLRACE_REASON_PEER, {});
        scope.is_gone = true;
    }
    auto& dispatcher = *reinterpret_cast<Dispatcher*>(loop);
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (dispatcher.report().scopes != 0 && std::chrono::steady_clock::now() < give_up) {
        std::unique_lock lock(thread.mutex);
        thread.woken_up.wait_for(lock, std::chrono::milliseconds(10),
                                 [&] { return std::exchange(thread.is_woken, false); });
        lock.unlock();
        host->loop_run(host->self, loop);
    }
    EXPECT_EQ(dispatcher.report().scopes, 0u);
    host->loop_detach(host->self, loop);
}

void DiceAdapter::step(Thread& thread, millrace_loop* loop) {
    {
        std::lock_guard lock(thread.mutex);
        thread.is_woken = false;
    }
    host->loop_run(host->self, loop);
    std::erase_if(thread.scopes, [](const auto& entry) { return entry.second.is_gone; });
    if (thread.scopes.empty() || (thread.dice() % 8 == 0 && thread.scopes.size() < kScopesMax)) open(thread, loop);
    if (thread.scopes.empty()) return;
    auto chosen = std::next(thread.scopes.begin(), static_cast<std::ptrdiff_t>(thread.dice() % thread.scopes.size()));
    Scope& scope = chosen->second;
    if (scope.is_gone) return;
    switch (thread.dice() % 16) {
        case 0:
            host->scope_close(host->self, scope.id, MILLRACE_REASON_LOST, {});
            scope.is_gone = true;
            break;
        case 1:
        case 2:
        case 3:
            host->written(host->self, scope.id, std::exchange(scope.unwritten_bytes, 0));
            break;
        default:
            if (scope.is_open) submit(thread, scope);
    }
}

void DiceAdapter::open(Thread& thread, millrace_loop* loop) {
    static std::atomic<std::uint64_t> next_key{0};
    const std::uint64_t key = next_key++;
    constexpr std::string_view kPaths[] = {"/async", "/sync", "/both"};
    const std::string name = std::to_string(key);
    const millrace_attribute path{to_bytes("path"), to_bytes(kPaths[thread.dice() % 3])};
    Scope& scope = thread.scopes[key];
    const millrace_scope_spec spec{sizeof spec, 1, &scope, to_bytes(name), &path, {}, 2000, 0, 0, 0};
    if (host->scope_open(host->self, loop, &spec, &scope.id) != MILLRACE_OPENED) thread.scopes.erase(key);
}

void DiceAdapter::submit(Thread& thread, Scope& scope) {
    const std::string text(thread.dice() % 200, 'x');
    const std::vector<millrace_submission> submissions(
        1 + thread.dice() % 80,
        {sizeof(millrace_submission), MILLRACE_TEXT, to_bytes(text), {}, 0, nullptr, 0, 0, {}, {}, 0});
    host->submit(host->self, scope.id, submissions.data(), static_cast<std::uint32_t>(submissions.size()),
                 sizeof(millrace_submission), nullptr);
}

Config make_config() {
    Config config;
    config.adapters = {{"dice", "dice", {}, {}}};
    config.consumers = {{"async", "scripted", 2, {50, 10'000}, {}, {}}, {"sync", "scripted", 3, {50, 10'000}, {}, {}}};
    const auto route = [](std::string path, std::vector<std::string> to) {
        return RouteConfig{
            path, {{"path", {path}, KeyType::path, {}}}, std::move(to), false, {}, DeliveryClass::live, {}, 30'000};
    };
    config.routes = {route("/async", {"async"}), route("/sync", {"sync"}), route("/both", {"async", "sync"})};
    return config;
}

// Ends a delivery in one of the ways that there are.
void end(ScriptedConsumer::Call& call, unsigned dice) {
    if (dice % 3 == 0) call.reply(std::string(dice % 300, 'r'));
    switch (dice / 3 % 40) {
        case 0:
            call.retry();
            break;
        case 1:
            call.reject(1, "no");
            break;
        case 2:
            call.close(4000, "bye"), call.ack();
            break;
        default:
            call.ack();
    }
}

TEST(PipelineStressTest, every_delivery_is_accounted_for_and_every_scope_ends) {
    const unsigned seed = make_seed();
    SCOPED_TRACE("MILLRACE_SEED=" + std::to_string(seed));
    const auto roll = [seed] {
        thread_local std::minstd_rand dice(
            seed + static_cast<unsigned>(std::hash<std::thread::id>{}(std::this_thread::get_id())));
        return static_cast<unsigned>(dice());
    };
    ManualClock clock;
    const Config config = make_config();
    Pipeline pipeline(config, clock);

    std::mutex mutex;
    std::map<millrace_id, millrace_id> tokens;  // Of suspended deliveries, by their operation.
    ScriptedConsumer async(MILLRACE_ASYNC, [&](ScriptedConsumer::Call& call) {
        const unsigned dice = roll();
        if (dice % 10 > 1) return end(call, dice / 10), true;
        const millrace_id op = dice % 10 == 0 ? call.sleep(dice % 100'000) : call.offload();
        if (op == 0) return end(call, dice / 10), true;
        std::lock_guard lock(mutex);
        tokens[op] = call.event.token;
        return false;
    });
    async.on_work = [](millrace_id) { std::this_thread::yield(); };
    async.on_resumed = [&](millrace_id op, std::int32_t) {
        millrace_id token = 0;
        {
            std::lock_guard lock(mutex);
            token = tokens.extract(op).mapped();
        }
        ScriptedConsumer::Call call(async.host(), token);
        end(call, roll());
    };
    ScriptedConsumer sync(MILLRACE_SYNC, [&](ScriptedConsumer::Call& call) { return end(call, roll()), true; });

    const ScriptedConsumer* scripted[] = {&async, &sync};
    for (std::uint32_t i = 0; i < 2; ++i) {
        pipeline.add_first(
            std::make_unique<ConsumerHost>(config.consumers[i], i, scripted[i]->table(), pipeline.loops, clock));
        ASSERT_TRUE(pipeline.consumers[i]->create().empty());
        ASSERT_TRUE(pipeline.consumers[i]->start());
    }
    DiceAdapter adapter;
    dice_adapter = &adapter;
    AdapterHost host(config.adapters[0], 0, "dice", DiceAdapter::table(), pipeline);
    ASSERT_TRUE(host.create().empty());

    std::atomic<bool> is_over{false};
    std::thread time([&] {
        while (!is_over) {
            clock.advance_us(50'000);
            pipeline.alarm.fire();
            std::this_thread::yield();
        }
    });
    std::vector<std::thread> loops;
    for (unsigned i = 0; i < kLoops; ++i) loops.emplace_back([&, i] { adapter.run(seed + i); });
    for (std::thread& loop : loops) loop.join();
    is_over = true;
    time.join();
    for (auto& consumer : pipeline.consumers) consumer->stop();

    LoopReport::Consumer sum;
    for (Dispatcher* dispatcher : pipeline.loops.all()) {
        for (const auto& c : dispatcher->report().consumers) {
            EXPECT_EQ(c.now.open, 0u);
            EXPECT_EQ(c.created, c.acked + c.dead + c.expired + c.dropped + c.now.open);
            sum.created += c.created;
            sum.acked += c.acked;
            sum.dead += c.dead;
            sum.retried += c.retried;
        }
    }
    EXPECT_GT(sum.acked, 1000u);
    EXPECT_GT(sum.dead, 10u);
    EXPECT_GT(sum.retried, 10u);
    EXPECT_EQ(async.instances, 0);
    EXPECT_EQ(host.refused_calls(), 0u);
    EXPECT_TRUE(tokens.empty());
}

}  // namespace
}  // namespace millrace
