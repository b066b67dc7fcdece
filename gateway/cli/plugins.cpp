#include <fmt/format.h>

#include <boost/json.hpp>
#include <cstdio>

#include "gateway/cli/commands.hpp"
#include "gateway/cli/loading.hpp"
#include "gateway/cli/manifest_text.hpp"

namespace millrace::cli {

int list_plugins(const std::string& config_file, bool as_json) {
    const Discovery plugins = find_plugins(config_file);
    for (const RefusedPlugin& plugin : plugins.refused) {
        fmt::print(stderr, "{}: warning[plugin-refused] {}\n", plugin.file, plugin.reason);
    }
    boost::json::array list;
    for (const Manifest& manifest : plugins.catalogue.plugins) {
        if (as_json) {
            list.push_back(to_json(manifest));
            continue;
        }
        if (&manifest != &plugins.catalogue.plugins.front()) fmt::print("\n");
        print_manifest(manifest);
    }
    if (as_json) fmt::print("{}\n", boost::json::serialize(list));
    return kDone;
}

}  // namespace millrace::cli
