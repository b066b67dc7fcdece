#include <dlfcn.h>

#include <millrace/consumer.hpp>
#include <string>

namespace {

// Says which file it was loaded from, and how many messages its scope has had: the state passes from one generation of
// the plugin to the next.
struct Edition : millrace::Consumer {
    Edition() : count_(state().empty() ? 0 : std::stoul(std::string(state()))) {}

    void on_message(const millrace::Message& event) override {
        Dl_info info{};
        ::dladdr(reinterpret_cast<const void*>(&millrace_plugin_v1), &info);
        set_state(std::to_string(++count_));
        reply(std::string(info.dli_fname) + " " + std::to_string(count_) + " " + std::string(event.text()));
    }

    unsigned long count_;
};

}  // namespace

MILLRACE_CONSUMER("edition", "1.0.0", Edition)
