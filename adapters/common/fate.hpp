#pragma once

#include <cstdint>

#include "millrace/abi.h"

namespace millrace {

// What became of something that was sent to the outside: contract E's outcomes of an adapter.
enum class Fate : std::uint8_t {
    sent,      // The other side has it.
    rejected,  // It does not want it, and will not want it later either.
    retry,     // It does not have it; another try does not send twice.
    unknown,   // It may have it: to be repeated only by who knows that twice does no harm.
};

// As the border has it. A command of which the gateway still knows comes again where nobody has it.
constexpr std::uint32_t outcome_of(Fate fate) {
    switch (fate) {
        case Fate::sent:
            return MILLRACE_SENT;
        case Fate::rejected:
            return MILLRACE_REJECTED;
        case Fate::unknown:
            return MILLRACE_UNSURE;
        case Fate::retry:
            break;
    }
    return MILLRACE_LOST;
}

}  // namespace millrace
