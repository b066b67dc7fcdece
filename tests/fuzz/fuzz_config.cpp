#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
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
    adapter.settings = millrace::parse_manifest(
                           R"({"id":"w","version":"1","kind":"consumer","abi":"0","config":[
                               {"key":"listen","type":"list","required":true}, {"key":"listen[]","type":"address"},
                               {"key":"max_message","type":"size","min":1,"max":"1GiB"},
                               {"key":"wait","type":"duration","max":"1h"}, {"key":"count","type":"integer","max":9},
                               {"key":"share","type":"number","min":0}, {"key":"on","type":"bool"},
                               {"key":"mode","type":"text","choices":["a","b"]},
                               {"key":"auth.password","type":"secret"}, {"key":"accept[]","type":"text"},
                               {"key":"accept[].file","type":"path"}]})")
                           .value()
                           .settings;
    adapter.match_keys = {{"path", millrace::KeyType::path}, {"query"}, {"topic", millrace::KeyType::topic, false}};
    consumer.id = "echo";
    return {{adapter, consumer}, {"/plugins"}};
}

void require(bool holds) {
    if (!holds) std::abort();
}

bool is_same(const millrace::Routing& a, const millrace::Routing& b) {
    return a.outcome == b.outcome &&
           std::ranges::equal(a.matches, b.matches, {}, &millrace::Match::route, &millrace::Match::route);
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
            millrace::MessageView message;
            message.text = message.payload = text;
            message.headers = attributes;
            const millrace::Opening opening = router.at_open(adapter, attributes);
            const millrace::Routing routing = router.match(adapter, attributes, message);
            require(opening.is_per_message || is_same(opening.sure, routing));
            for (const millrace::Match& match : routing.matches) {
                for (const millrace::Target& target : router.targets(match.route)) {
                    require(!target.channel || !target.channel->make(match.captures).empty());
                }
            }
            (void)router.explain(adapter, attributes, {}, &message);
        }
    }
    return 0;
}
