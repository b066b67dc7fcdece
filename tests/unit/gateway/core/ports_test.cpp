#include "gateway/core/ports.hpp"

#include "tests/unit/gateway/core/channels_fixture.hpp"

namespace millrace {
namespace {

using PortsTest = ChannelsTest;

TEST_F(PortsTest, C1_of_channels_there_are_so_many_and_no_more) {
    ConsumerHost& own = *pipeline.consumers[0];
    Ports ports(pipeline.waits, 2);
    ports.add_loop(channels());
    ConsumerHost* const consumers[] = {&own};
    ports.set_names(consumers, {});
    const PortPtr first = ports.channel(own, "a");
    PortPtr second = ports.channel(own, "b");
    ASSERT_TRUE(first && second);
    EXPECT_EQ(ports.channel(own, "a"), first) << "one that is there already";
    PortPtr third;
    EXPECT_EQ(ports.find(own, "async:c", third), MILLRACE_UNKNOWN);
    EXPECT_FALSE(ports.channel(own, "c"));
    EXPECT_EQ(ports.channels_refused(), 2u);
    second.reset();
    EXPECT_EQ(ports.find(own, "async:c", third), MILLRACE_TAKEN);
    EXPECT_EQ(ports.channels_refused(), 2u);
}

}  // namespace
}  // namespace millrace
