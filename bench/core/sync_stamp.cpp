#include <millrace/consumer.hpp>

#include "bench/core/stamp.hpp"

namespace {

// Replies when its handler was entered, and when it was about to be left but for the reply itself. On a worker.
struct Stamping : millrace::Consumer {
    void on_message(const millrace::Message&) override {
        const auto entered_ns = millrace::bench::now_ns();
        reply_data(millrace::bench::Stamp{entered_ns, millrace::bench::now_ns()}.bytes());
    }
};

}  // namespace

MILLRACE_CONSUMER("sync_stamp", "1.0.0", Stamping)
