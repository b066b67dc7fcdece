#include <millrace/consumer.hpp>

namespace {

// Takes each message and does nothing with it: an async consumer.
struct Count : millrace::InlineConsumer {
    void on_message(const millrace::Message&) override {}
};

}  // namespace

MILLRACE_CONSUMER("count", "1.0.0", Count)
