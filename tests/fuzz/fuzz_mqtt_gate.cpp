// A broker and a library that do anything: what the broker is told is true, limits hold, and chops make no difference.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "tests/unit/adapters/mqtt/gate_script.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using millrace::mqtt::test::GateScript;
    if (size == 0) return 0;
    const std::string_view script(reinterpret_cast<const char*>(data) + 1, size - 1);
    GateScript bytewise(script, 1);
    GateScript chopped(script, data[0] == 0 ? 1 << 20 : 1 + data[0] % 16);
    for (GateScript* it : {&bytewise, &chopped}) {
        if (const std::string breach = it->run(); !breach.empty()) {
            std::fprintf(stderr, "%s\n", breach.c_str());
            std::abort();
        }
    }
    if (bytewise.to_broker != chopped.to_broker || bytewise.to_library != chopped.to_library) std::abort();
    return 0;
}
