#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string>

#include "gateway/core/config.hpp"
#include "gateway/core/router.hpp"

// Any bytes as a configuration file: it is read to its end, every error has a place inside it, and what is right can be
// routed with.
namespace {

millrace::Catalogue catalogue() {
    millrace::Manifest adapter, consumer;
    adapter.id = "websocket";
    adapter.kind = millrace::Manifest::Kind::adapter;
    adapter.match_keys = {{"path", true, true}, {"query", false, true}};
    consumer.id = "echo";
    return {{adapter, consumer}, {"/plugins"}};
}

void require(bool holds) {
    if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const millrace::Catalogue kCatalogue = catalogue();
    static const int kFile = memfd_create("gateway.yaml", MFD_CLOEXEC);
    static const std::string kName = "/proc/self/fd/" + std::to_string(kFile);
    require(ftruncate(kFile, 0) == 0 && pwrite(kFile, data, size, 0) == static_cast<ssize_t>(size));

    (void)millrace::read_plugins_dir(kName);
    millrace::ConfigResult result = millrace::read_config(kName, kCatalogue);
    millrace::Position last;
    for (const millrace::ConfigError& error : result.errors) {
        require(last <= error.at && !error.code.empty() && !error.text.empty());
        require((error.at.line == 0) == (error.at.column == 0) && error.at.line <= size + 1);
        last = error.at;
    }
    if (!result.errors.empty()) return 0;
    millrace::Router router(result.config);
    const std::string text(reinterpret_cast<const char*>(data), size);
    for (std::uint32_t adapter = 0; adapter < result.config.adapters.size(); ++adapter) {
        for (const char* path : {"/", "/echo", "/rooms/lobby/x", text.c_str()}) {
            const millrace::Attribute attributes[] = {{"path", path}, {"query", text}};
            millrace::Decision decision = router.match(adapter, attributes);
            bool is_matched = decision.outcome != millrace::Decision::Outcome::unmatched;
            require(!is_matched || decision.route < result.config.routes.size());
        }
    }
    return 0;
}
