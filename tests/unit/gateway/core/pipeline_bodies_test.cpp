#include "tests/unit/gateway/core/channels_fixture.hpp"
#include "tests/unit/gateway/core/durable_fixture.hpp"

// Contract E4: large payloads cross as handles.
namespace millrace {
namespace {

Config channel_config() {
    Config config = make_channel_config();
    config.routes[0].to = {"async:all"};
    return config;
}

const std::string large(600 << 10, 'x');

// A body that the adapter has, until it goes out of scope.
class Held {
  public:
    explicit Held(const FakeAdapter& adapter) : host_(*adapter.host()) {
        EXPECT_EQ(host_.body_create(host_.self, &id_, nullptr), MILLRACE_OK);
    }
    Held(const FakeAdapter& adapter, std::string_view bytes) : Held(adapter) {
        EXPECT_EQ(append(bytes.substr(0, 10)), MILLRACE_OK);
        EXPECT_EQ(append(bytes.substr(10)), MILLRACE_OK);
        EXPECT_EQ(seal(), MILLRACE_OK);
        EXPECT_EQ(to_text(whole_), bytes);
    }
    ~Held() { host_.body_release(host_.self, id_); }
    Held(const Held&) = delete;

    millrace_status append(std::string_view bytes) {
        return host_.body_append(host_.self, id_, to_bytes(bytes), &sink_);
    }
    millrace_status seal() { return host_.body_seal(host_.self, id_, &whole_, &sink_); }
    millrace_id id() const { return id_; }
    const std::string& error() const { return error_; }

  private:
    const millrace_adapter_host& host_;
    millrace_id id_ = 0;
    millrace_bytes whole_{};
    std::string error_;
    const millrace_sink sink_{sizeof sink_, 0, &error_, [](void* context, millrace_bytes text) {
                                  static_cast<std::string*>(context)->append(to_text(text));
                              }};
};

// What a consumer has seen: its text, and its body.
using Seen = std::vector<std::pair<std::string, std::string>>;

class Bodies : public PipelineTest {
  protected:
    Bodies() {
        async.handler = [this](Call& call) {
            if (call.event.kind != MILLRACE_MESSAGE) return ack_all(call);
            seen.emplace_back(call.text(), to_text(call.event.body));
            if (call.event.attempt < retries_until) return call.retry(""), true;
            return ack_all(call);
        };
    }

    Seen seen;
    std::uint32_t retries_until = 0;
};

TEST_F(Bodies, E4_reach_consumers_beside_the_payload) {
    open(scope, "/async");
    const Held body(adapter, large);
    EXPECT_EQ(adapter.submit(scope, "one", {.sealed = body.id()}), MILLRACE_SETTLED);
    EXPECT_EQ(adapter.submit(scope, "two", {.body = "small"}), MILLRACE_SETTLED);
    EXPECT_EQ(adapter.submit(scope, "three", {}), MILLRACE_SETTLED);
    adapter.run();
    EXPECT_EQ(seen, (Seen{{"one", large}, {"two", "small"}, {"three", ""}}));
}

TEST_F(Bodies, E4_last_as_long_as_their_message) {
    open(scope, "/async");
    retries_until = 2;
    EXPECT_EQ(adapter.submit(scope, "one", {.sealed = Held(adapter, large).id()}), MILLRACE_SETTLED);
    adapter.run();
    advance_us(60'000'000);
    EXPECT_EQ(seen, (Seen{{"one", large}, {"one", large}}));
}

TEST_F(Bodies, E4_take_room_in_mailboxes) {
    open(scope, "/async");
    async.handler = [](Call&) { return false; };
    EXPECT_EQ(adapter.submit(scope, "first", {}), MILLRACE_SETTLED);
    EXPECT_EQ(adapter.submit(scope, "second", {.body = std::string(1000, 'x')}), FakeAdapter::kRefused);
    const Held body(adapter, std::string(1000, 'x'));
    EXPECT_EQ(adapter.submit(scope, "second", {.sealed = body.id()}), FakeAdapter::kRefused);
    EXPECT_EQ(host.refused_calls(), 0u);
}

TEST_F(Bodies, E4_are_refused_where_they_are_not_sealed_or_not_there) {
    open(scope, "/async");
    Held body(adapter);
    EXPECT_EQ(adapter.submit(scope, "one", {.sealed = body.id()}), FakeAdapter::kRefused);
    EXPECT_EQ(adapter.submit(scope, "one", {.sealed = 99}), FakeAdapter::kRefused);
    EXPECT_EQ(host.refused_calls(), 2u);
    EXPECT_EQ(body.seal(), MILLRACE_OK);
    EXPECT_EQ(body.append("x"), MILLRACE_ERROR);
    EXPECT_EQ(body.error(), "it is sealed");
    EXPECT_EQ(body.seal(), MILLRACE_ERROR);
}

class ChannelBodies : public ChannelsTest {
  protected:
    ChannelBodies() : ChannelsTest(channel_config()) {
        async.handler = [this](Call& call) {
            note(call.text() + " " + std::string(to_text(call.event.body)));
            return ack_all(call);
        };
    }
};

TEST_F(ChannelBodies, E4_go_to_channels) {
    open(scope, "/async");
    EXPECT_EQ(adapter.submit(scope, "one", {.sealed = Held(adapter, large).id()}), MILLRACE_SETTLED);
    run_until([&] { return noted().size() == 2; });
    // The room of the first is free again once the loop of the channel has its acknowledgement.
    bool is_taken = false;
    run_until([&] {
        is_taken = is_taken || adapter.submit(scope, "two", {.body = "small"}) == MILLRACE_SETTLED;
        return is_taken;
    });
    run_until([&] { return noted().size() == 3; });
    EXPECT_TRUE(noted() == (Strings{" ", "one " + large, "two small"}));
}

class DurableBodies : public DurableTest {};

TEST_F(DurableBodies, E4_are_on_the_disk_before_their_sender_hears_yes) {
    Seen seen;
    async.handler = [&seen](Call& call) {
        if (call.event.kind != MILLRACE_MESSAGE) return ack_all(call);
        seen.emplace_back(call.text(), to_text(call.event.body));
        return false;
    };
    EXPECT_EQ(adapter.submit(scope, "one", {.sealed = Held(adapter, large).id()}), MILLRACE_PENDING);
    run_until([&] { return !seen.empty(); });
    EXPECT_EQ(seen, (Seen{{"one", large}}));
    std::vector<std::string> kept;
    spool::run(*pipeline.spool(), [&](spool::Store& store) {
        for (const spool::Busy& busy : store.busy_lanes(0, 100)) {
            for (const auto& [delivery, message] : store.page(busy.lane.id, 0, 1000, SIZE_MAX).entries)
                kept.emplace_back(message.body_bytes());
        }
    });
    EXPECT_EQ(kept, Strings{large});
}

}  // namespace
}  // namespace millrace
