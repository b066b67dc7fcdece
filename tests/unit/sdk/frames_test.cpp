#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "millrace/consumer.hpp"
#include "tests/unit/sdk/allocations.hpp"

namespace {

using namespace std::chrono_literals;

// The table of a consumer, called without a host in between, so that only the SDK's allocations count.
struct Bare {
    explicit Bare(const millrace_plugin* plugin) : table(plugin->consumer) {
        table->create(&host, millrace::detail::bytes("{}"), nullptr, &self);
        table->open(self, {}, &instance);
    }
    ~Bare() { table->close(instance), table->destroy(self); }

    void message(std::string_view text) {
        millrace_event event{};
        event.struct_size = sizeof(event), event.kind = MILLRACE_MESSAGE, event.payload_kind = MILLRACE_TEXT;
        event.token = 1, event.payload = millrace::detail::bytes(text);
        table->deliver(instance, &event, 1, sizeof(event));
    }

    const millrace_consumer_host host{
        sizeof(host),
        0,
        nullptr,
        this,
        [](void*, millrace_id, const millrace_command*) -> std::int32_t { return MILLRACE_TAKEN; },
        [](void* bare, millrace_id, const millrace_outcome* outcome) {
            static_cast<Bare*>(bare)->acks += outcome->verdict == MILLRACE_ACK;
            return MILLRACE_OK;
        },
        [](void*, millrace_id, std::uint32_t, std::uint64_t, millrace_id* op) { return *op = 7, MILLRACE_OK; },
        nullptr};
    const millrace_consumer* table;
    void* self = nullptr;
    void* instance = nullptr;
    std::size_t acks = 0;
};

struct Waiter : millrace::AsyncConsumer {
    millrace::Task on_message(millrace::Message event) override {
        co_await helper();
        reply(event);
    }
    millrace::Task helper() { co_await sleep(1ms); }
};

TEST(Frames, AMillionOfThemAskTheHeapForNothing) {
#ifdef __SANITIZE_ADDRESS__
    GTEST_SKIP() << "frames are not pooled under AddressSanitizer";
#endif
    constexpr std::size_t kCount = 1'000'000;
    Bare bare(millrace::plugin<Waiter>());
    const auto once = [&] { bare.message("hi"), bare.table->resumed(bare.instance, 7, MILLRACE_OP_DONE); };
    once();
    const std::size_t before = millrace::allocations();
    for (std::size_t i = 1; i < kCount; ++i) once();
    EXPECT_EQ(millrace::allocations(), before);
    EXPECT_EQ(bare.acks, kCount);
}

TEST(Frames, AnOperationOfAnotherTimeIsIgnored) {
    Bare bare(millrace::plugin<Waiter>());
    bare.message("hi");
    bare.table->resumed(bare.instance, 6, MILLRACE_OP_DONE);
    EXPECT_EQ(bare.acks, 0u);
    bare.table->resumed(bare.instance, 7, MILLRACE_OP_DONE);
    bare.table->resumed(bare.instance, 7, MILLRACE_OP_DONE);
    EXPECT_EQ(bare.acks, 1u);
}

TEST(Frames, ABlockOfAnySizeMayBeFreedOnAnotherThread) {
    for (const std::size_t size : {1u, 256u, 257u, 16'384u, 16'385u, 1'000'000u}) {
        auto* block = static_cast<unsigned char*>(millrace::detail::Pool::allocate(size));
        std::fill_n(block, size, std::uint8_t{0xa5});
        std::thread([=] { millrace::detail::Pool::release(block, size); }).join();
    }
}

}  // namespace
