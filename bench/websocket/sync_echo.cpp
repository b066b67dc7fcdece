#include <millrace/consumer.hpp>

namespace {

// An echo that might block: every message goes to a worker and back.
struct SyncEcho : millrace::Consumer {
    void on_message(const millrace::Message& event) override { reply(event); }
};

}  // namespace

MILLRACE_CONSUMER("sync_echo", "1.0.0", SyncEcho)
