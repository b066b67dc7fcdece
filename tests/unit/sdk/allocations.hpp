#pragma once

#include <cstddef>

namespace millrace {

// How often this thread has asked the heap for memory through operator new. Counts in programs that link
// allocations.cpp; 0 under AddressSanitizer, which needs the operators for itself.
std::size_t allocations();

}  // namespace millrace
