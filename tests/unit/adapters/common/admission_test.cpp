#include "adapters/common/admission.hpp"

#include <gtest/gtest.h>

namespace millrace {
namespace {

using Verdict = Admission::Verdict;

boost::asio::ip::address address(const char* text) { return boost::asio::ip::make_address(text); }

TEST(Admission, CountsWhoComesThroughAProxyOnceItIsKnown) {
    Admission admission(3, 1);
    EXPECT_EQ(admission.enter_unknown(), Verdict::admitted);
    EXPECT_EQ(admission.enter_unknown(), Verdict::admitted);
    EXPECT_TRUE(admission.identify(address("203.0.113.9")));
    EXPECT_FALSE(admission.identify(address("::ffff:203.0.113.9")));
    EXPECT_EQ(admission.enter(address("203.0.113.9")), Verdict::too_many_of_address);
    EXPECT_EQ(admission.enter(address("2001:db8::1")), Verdict::admitted);
    EXPECT_EQ(admission.enter_unknown(), Verdict::too_many);
    admission.leave_unknown();
    EXPECT_EQ(admission.enter(address("2001:db8::2")), Verdict::too_many_of_address);
    admission.leave(address("203.0.113.9"));
    EXPECT_EQ(admission.enter(address("203.0.113.9")), Verdict::admitted);
}

}  // namespace
}  // namespace millrace
