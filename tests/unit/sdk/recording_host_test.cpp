#include "conformance/recording_host.hpp"

#include <gmock/gmock.h>

#include <condition_variable>
#include <future>
#include <mutex>
#include <thread>

#include "millrace/adapter.hpp"

// Probes as an adapter of the SDK makes them, and the rules about them that the recording host has to notice.
namespace {

using millrace::AdapterHost;
using millrace::bytes;
using millrace::Probe;
using millrace::conformance::RecordingHost;
using ::testing::ElementsAre;

class Puppet;
Puppet* puppet = nullptr;

// An adapter that does what the test says, on its one thread.
class Puppet final : public millrace::Adapter, public millrace::Loop {
  public:
    Puppet(AdapterHost host, const millrace::Config&) : host(host) { puppet = this; }

    void start() override {
        std::promise<void> attached;
        thread_ = std::thread([&] {
            loop = host.attach(*this);
            attached.set_value();
            run();
            host.detach(loop);
        });
        attached.get_future().wait();
    }
    void retire() override {}
    void quiesce() override {}
    void stop(std::chrono::milliseconds) override {
        post([this] { is_stopping_ = true; });
        thread_.join();
    }
    void wake() noexcept override {
        post([this] { host.run(loop); });
    }

    // Returns when it is done.
    void call(const std::function<void()>& f) {
        std::promise<void> done;
        post([&] { f(), done.set_value(); });
        done.get_future().wait();
    }

    const AdapterHost host;
    millrace_loop* loop = nullptr;

  private:
    void post(std::function<void()> f) {
        const std::lock_guard lock(mutex_);
        due_.push_back(std::move(f));
        has_come_.notify_one();
    }
    void run() {
        while (!is_stopping_) {
            std::unique_lock lock(mutex_);
            has_come_.wait(lock, [&] { return !due_.empty(); });
            const auto f = std::move(due_.front());
            due_.pop_front();
            lock.unlock();
            f();
        }
    }

    std::thread thread_;
    std::mutex mutex_;
    std::condition_variable has_come_;
    std::deque<std::function<void()>> due_;
    bool is_stopping_ = false;
};

struct Talk final : millrace::Scope {
    void settled(const millrace::Answer&) override {}
    void send(const millrace::Outgoing&) override {}
    void close(std::uint32_t, std::uint32_t, std::string_view) override {}
    void resume() override {}
};

const millrace_adapter* table() { return millrace::detail::AdapterTable<Puppet>::plugin()->adapter; }

Probe probe(std::string_view to) {
    const millrace_attribute known[] = {{bytes("to"), bytes(to)}};
    const millrace_bytes unknown[] = {bytes("subject"), bytes("size")};
    return puppet->host.probe(puppet->loop, known, unknown);
}

std::int32_t open(Talk& talk, millrace_id routes, millrace_id& id) {
    return puppet->host.open(puppet->loop, talk, {"mail-1", {}, {}, 1024, 0, 0, routes}, &id);
}

TEST(RecordingHost, D11_answers_probes_as_the_test_says_and_knows_which_scope_they_were_for) {
    RecordingHost::Manner manner;
    manner.goes_nowhere = true;
    manner.probe = [](const RecordingHost::Probe& asked) -> RecordingHost::Prospect {
        const std::string to = asked.attribute("to");
        if (to == "nobody") return {MILLRACE_PROBE_NO, {}};
        return {to == "bob" ? MILLRACE_PROBE_MAYBE : MILLRACE_PROBE_YES, to == "carl" ? "others" : "people"};
    };
    RecordingHost host(table(), "{}", manner);
    Talk talk;
    puppet->call([&] {
        const Probe ann = probe("ann"), bob = probe("bob"), carl = probe("carl"), nobody = probe("nobody");
        EXPECT_EQ(ann.answer, MILLRACE_PROBE_YES);
        EXPECT_EQ(bob.answer, MILLRACE_PROBE_MAYBE);
        EXPECT_EQ(nobody.answer, MILLRACE_PROBE_NO);
        EXPECT_EQ(nobody.routes, 0u);
        EXPECT_EQ(ann.routes, bob.routes);
        EXPECT_NE(ann.routes, carl.routes);
        millrace_id id = 0;
        ASSERT_EQ(open(talk, ann.routes, id), MILLRACE_OPENED);
        for (const Probe& each : {ann, bob, carl}) puppet->host.release(each.routes);
        const millrace_submission message{
            sizeof message, MILLRACE_TEXT, bytes("hello"), {}, 1, nullptr, 0, 0, {}, {}, 0,
        };
        std::uint8_t result = 0;
        EXPECT_EQ(puppet->host.submit(id, {&message, 1}, &result), 1u);
        EXPECT_EQ(result, MILLRACE_NOWHERE);
        puppet->host.close(id, MILLRACE_REASON_PEER, {});
    });
    host.with([&] {
        ASSERT_EQ(host.probes.size(), 4u);
        EXPECT_THAT(host.probes[0].attributes, ElementsAre(std::pair<std::string, std::string>("to", "ann")));
        EXPECT_THAT(host.probes[0].unknown, ElementsAre("subject", "size"));
        EXPECT_EQ(host.scopes.at(0).routes, "people");
        EXPECT_THAT(host.scopes.at(0).messages, ElementsAre("t:hello"));
    });
}

// What the adapter has done wrong by the end.
std::vector<std::string> faults_of(const std::function<void()>& act, const std::function<void()>& elsewhere = {}) {
    RecordingHost host(table(), "{}");
    puppet->call(act);
    if (elsewhere) elsewhere();
    host.stop(0);
    return std::exchange(host.errors, {});
}

TEST(RecordingHost, D11_notices_what_is_done_wrong_with_routes) {
    Talk talk;
    millrace_id id = 0;
    EXPECT_THAT(faults_of([] { puppet->host.release(probe("ann").routes); }), ElementsAre());
    EXPECT_THAT(faults_of([] { probe("ann"); }), ElementsAre("loop_detach: with routes that are held"));
    EXPECT_THAT(faults_of([] {
                    const Probe ann = probe("ann");
                    puppet->host.release(ann.routes);
                    puppet->host.release(ann.routes);
                }),
                ElementsAre("routes_release: routes that are not held"));
    EXPECT_THAT(faults_of([&] {
                    open(talk, 7, id);
                    puppet->host.close(id, MILLRACE_REASON_PEER, {});
                }),
                ElementsAre("scope_open: routes that are not held"));
    EXPECT_THAT(faults_of([] {}, [] { puppet->host.release(probe("ann").routes); }),
                ElementsAre("probe: wrong thread", "routes_release: wrong thread"));
}

}  // namespace
