#include <algorithm>
#include <millrace/consumer.hpp>
#include <string>
#include <string_view>

namespace {

// Sends what `ADDRESS TEXT` says, and answers with what became of it, as JSON.
struct Reporter : millrace::Consumer {
    void on_message(const millrace::Message& event) override {
        const std::string_view said = event.text();
        const std::size_t space = std::min(said.find(' '), said.size() - 1);
        send(said.substr(0, space), said.substr(space + 1), {.reported = true});
    }
    void on_receipt(const millrace::Message& event) override { reply(event.json()); }
};

}  // namespace

MILLRACE_CONSUMER("reporter", "1.0.0", Reporter)
