#include "adapters/sms/delivery_status.hpp"

#include <gtest/gtest.h>

namespace millrace::sms {
namespace {

using Delivery = v1::Sms::Delivery;

TEST(DeliveryStatus, Words) {
    const struct {
        const char* native;
        Status status;
    } cases[] = {
        {"accepted", Delivery::ACCEPTED},
        {"submitted", Delivery::ACCEPTED},
        {"scheduled", Delivery::QUEUED},
        {"Queued", Delivery::QUEUED},
        {"Dispatched", Delivery::SENT},
        {"sent", Delivery::SENT},
        {"BUFFERED", Delivery::BUFFERED},
        {"delivered", Delivery::DELIVERED},
        {"message-delivered", Delivery::DELIVERED},
        {"read", Delivery::READ},
        {"failed", Delivery::UNDELIVERED},
        {"undeliverable", Delivery::UNDELIVERED},
        {"delivery_failed", Delivery::UNDELIVERED},
        {"sending_failed", Delivery::REJECTED},
        {"Aborted", Delivery::REJECTED},
        {"expired", Delivery::EXPIRED},
        {"canceled", Delivery::CANCELED},
        {"Cancelled", Delivery::CANCELED},
        {"delivery_unconfirmed", Delivery::UNKNOWN},
        {"partially_delivered", Delivery::STATUS_UNSPECIFIED},
        {"deliver", Delivery::STATUS_UNSPECIFIED},
        {"", Delivery::STATUS_UNSPECIFIED},
    };
    for (const auto& it : cases) EXPECT_EQ(status_of(it.native), it.status) << it.native;
}

TEST(DeliveryStatus, OneOrder) {
    const Status order[] = {
        Delivery::STATUS_UNSPECIFIED, Delivery::ACCEPTED,  Delivery::QUEUED, Delivery::SENDING, Delivery::SENT,
        Delivery::BUFFERED,           Delivery::DELIVERED, Delivery::READ};
    for (std::size_t i = 0; i + 1 < std::size(order); ++i) EXPECT_LT(rank_of(order[i]), rank_of(order[i + 1])) << i;
    for (const Status last : {Delivery::DELIVERED, Delivery::UNDELIVERED, Delivery::EXPIRED, Delivery::REJECTED,
                              Delivery::CANCELED, Delivery::UNKNOWN}) {
        EXPECT_EQ(rank_of(last), rank_of(Delivery::DELIVERED));
        EXPECT_TRUE(is_permanent(last));
    }
    EXPECT_FALSE(is_permanent(Delivery::BUFFERED));
    EXPECT_FALSE(is_permanent(Delivery::STATUS_UNSPECIFIED));
}

}  // namespace
}  // namespace millrace::sms
