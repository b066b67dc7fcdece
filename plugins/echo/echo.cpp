#include <millrace/consumer.hpp>

namespace {

// Says what it hears: text as text, data as data.
struct Echo : millrace::InlineConsumer {
    void on_message(const millrace::Message& event) override { reply(event); }
};

}  // namespace

MILLRACE_CONSUMER("echo", "1.0.0", Echo)
