#include "adapters/websocket/config.hpp"

namespace millrace::websocket {

Settings::Settings(const Config& config) {
    read(config, *this);
    judge(config);
    for (const std::string& text : origin_texts) {
        if (!origins.add(text))
            config.error("origins", "`" + text +
                                        "` is no origin: it needs SCHEME://HOST or SCHEME://HOST:PORT without a "
                                        "path, `null`, or `*` for all");
    }
}

}  // namespace millrace::websocket
