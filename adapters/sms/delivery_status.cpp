#include "adapters/sms/delivery_status.hpp"

#include <algorithm>
#include <array>

#include "millrace/abi.h"

namespace millrace::sms {
namespace {

using Delivery = v1::Sms::Delivery;

struct Word {
    std::string_view native;
    Status status;
};

constexpr std::array kWords = {
    Word{"accepted", Delivery::ACCEPTED},
    Word{"submitted", Delivery::ACCEPTED},
    Word{"queued", Delivery::QUEUED},
    Word{"scheduled", Delivery::QUEUED},
    Word{"sending", Delivery::SENDING},
    Word{"message-sending", Delivery::SENDING},
    Word{"sent", Delivery::SENT},
    Word{"dispatched", Delivery::SENT},
    Word{"message-sent", Delivery::SENT},
    Word{"buffered", Delivery::BUFFERED},
    Word{"delivered", Delivery::DELIVERED},
    Word{"message-delivered", Delivery::DELIVERED},
    Word{"read", Delivery::READ},
    Word{"message-read", Delivery::READ},
    Word{"failed", Delivery::UNDELIVERED},
    Word{"undelivered", Delivery::UNDELIVERED},
    Word{"undeliverable", Delivery::UNDELIVERED},
    Word{"delivery_failed", Delivery::UNDELIVERED},
    Word{"message-failed", Delivery::UNDELIVERED},
    Word{"expired", Delivery::EXPIRED},
    Word{"rejected", Delivery::REJECTED},
    Word{"sending_failed", Delivery::REJECTED},
    Word{"aborted", Delivery::REJECTED},
    Word{"canceled", Delivery::CANCELED},
    Word{"cancelled", Delivery::CANCELED},
    Word{"deleted", Delivery::CANCELED},
    Word{"unknown", Delivery::UNKNOWN},
    Word{"delivery_unconfirmed", Delivery::UNKNOWN},
};

bool is_same_word(std::string_view lower, std::string_view any) {
    return std::equal(lower.begin(), lower.end(), any.begin(), any.end(), [](char a, char b) {
        return a == (b >= 'A' && b <= 'Z' ? static_cast<char>(b - 'A' + 'a') : b);
    });
}

}  // namespace

Status status_of(std::string_view native) {
    const auto* const found = std::find_if(kWords.begin(), kWords.end(),
                                           [native](const Word& word) { return is_same_word(word.native, native); });
    return found == kWords.end() ? Delivery::STATUS_UNSPECIFIED : found->status;
}

std::uint32_t rank_of(Status status) {
    switch (status) {
        case Delivery::ACCEPTED:
            return 1;
        case Delivery::QUEUED:
            return 2;
        case Delivery::SENDING:
            return 3;
        case Delivery::SENT:
            return 4;
        case Delivery::BUFFERED:
            return 5;
        case Delivery::READ:
            return 7;
        default:
            return is_permanent(status) ? 6 : 0;
    }
}

std::uint32_t outcome_of(Status status) {
    switch (status) {
        case Delivery::UNDELIVERED:
        case Delivery::EXPIRED:
        case Delivery::REJECTED:
        case Delivery::CANCELED:
            return MILLRACE_REJECTED;
        case Delivery::UNKNOWN:
            return MILLRACE_UNSURE;
        default:
            return MILLRACE_SENT;
    }
}

bool is_permanent(Status status) {
    switch (status) {
        case Delivery::DELIVERED:
        case Delivery::READ:
        case Delivery::UNDELIVERED:
        case Delivery::EXPIRED:
        case Delivery::REJECTED:
        case Delivery::CANCELED:
        case Delivery::UNKNOWN:
            return true;
        default:
            return false;
    }
}

}  // namespace millrace::sms
