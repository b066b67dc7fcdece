#include <gtest/gtest.h>

#include <iostream>
#include <random>

#include "tests/unit/adapters/mqtt/gate_script.hpp"

namespace millrace::mqtt {
namespace {

using test::GateScript;

// Nothing is acknowledged that was not settled, each once, in order, QoS 2 enters once, limits hold: in thousands of
// random lives of a session; and how the bytes are cut makes no difference.
TEST(GateRandom, TheBrokerIsToldTheTruth) {
    const auto seed = std::random_device{}();
    std::cout << "seed " << seed << '\n';
    std::mt19937 random(seed);
    for (int round = 0; round < 4000; ++round) {
        std::string script(20 + random() % 400, '\0');
        for (char& byte : script) byte = static_cast<char>(random());
        GateScript bytewise(script, 1);
        ASSERT_EQ(bytewise.run(), "") << "round " << round;
        for (const std::size_t chop : {std::size_t{1} << 20, 2 + random() % 7}) {
            GateScript chopped(script, chop);
            ASSERT_EQ(chopped.run(), "") << "round " << round;
            ASSERT_EQ(chopped.to_broker, bytewise.to_broker) << "round " << round << ", pieces of " << chop;
            ASSERT_EQ(chopped.to_library, bytewise.to_library) << "round " << round << ", pieces of " << chop;
        }
    }
}

}  // namespace
}  // namespace millrace::mqtt
