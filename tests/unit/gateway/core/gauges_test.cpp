#include "gateway/core/gauges.hpp"

#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(Gauges, AreNumbersUnderNames) {
    Gauges gauges;
    EXPECT_TRUE(gauges.set("tls_certificate_expiry_seconds", 7));
    EXPECT_TRUE(gauges.set("tls_certificate_expiry_seconds", 8.5));
    for (const char* name : {"", "Upper", "with space", "with-dash", "\xc3\xa9", "new\nline"}) {
        EXPECT_FALSE(gauges.set(name, 1)) << name;
    }
    EXPECT_FALSE(gauges.set(std::string(65, 'a'), 1));
    EXPECT_EQ(gauges.all().size(), 1u);
    EXPECT_EQ(gauges.all().at("tls_certificate_expiry_seconds"), 8.5);
}

TEST(Gauges, AreBoundedInNumber) {
    Gauges gauges;
    for (std::size_t i = 0; i < Gauges::kNamesMax; ++i) EXPECT_TRUE(gauges.set("g" + std::to_string(i), 1));
    EXPECT_FALSE(gauges.set("one_more", 1));
    EXPECT_TRUE(gauges.set("g0", 2));
}

}  // namespace
}  // namespace millrace
