#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gateway/core/spool_store.hpp"

// Looks at everything that a spool holds, and changes nothing.
// Thread: the writer's, outside of a transaction: a store that nobody else uses, or one that is held still meanwhile.
namespace millrace::spool {

struct Verification {
    static constexpr std::size_t kFindingsMax = 100;

    std::int64_t messages = 0;  // That were read and are whole, bodies included; likewise the others.
    std::int64_t deliveries = 0;
    std::int64_t letters = 0;
    std::int64_t commands = 0;
    std::int64_t wrong = 0;             // How much is not,
    std::vector<std::string> findings;  // and the first of it, in words.

    bool is_whole() const { return wrong == 0; }
};

Verification verify(Store& store);

}  // namespace millrace::spool
