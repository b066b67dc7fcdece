#pragma once

#include <cstdint>

namespace millrace {

// What became of something that was sent to the outside: contract E's outcomes of an adapter.
enum class Fate : std::uint8_t {
    sent,      // The other side has it.
    rejected,  // It does not want it, and will not want it later either.
    retry,     // It does not have it; another try does not send twice.
    unknown,   // It may have it: to be repeated only by who knows that twice does no harm.
};

}  // namespace millrace
