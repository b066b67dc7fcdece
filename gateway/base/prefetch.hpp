#pragma once

// Where the next things to be looked at are known, memory need not be waited for.
// Thread: any.
namespace millrace {

// Has a cache line on its way from memory; any address will do, whatever is there.
inline void prefetch(const void* address) {
    __builtin_prefetch(address);
    asm volatile("");  // GCC takes a function that only prefetches for one without an effect, and drops its calls.
}

}  // namespace millrace
