#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string>

#include "gateway/core/manifest.hpp"
#include "gateway/core/manifest_exports.hpp"

// Any bytes as a plugin's file, and as the manifest's text.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const int kFile = memfd_create("plugin.so", MFD_CLOEXEC);
    if (ftruncate(kFile, 0) != 0 || pwrite(kFile, data, size, 0) != static_cast<ssize_t>(size)) std::abort();

    const std::string file = "/proc/self/fd/" + std::to_string(kFile);
    if (auto exports = millrace::read_exports(file); !exports && exports.error().text.empty()) std::abort();
    millrace::Result<millrace::Manifest> of_file = millrace::read_manifest(file);
    millrace::Result<millrace::Manifest> of_text =
        millrace::parse_manifest({reinterpret_cast<const char*>(data), size});
    for (const auto* manifest : {&of_file, &of_text}) {
        bool is_complete = *manifest ? !manifest->value().id.empty() : !manifest->error().text.empty();
        if (!is_complete) std::abort();
    }
    return 0;
}
