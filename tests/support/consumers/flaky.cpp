#include <millrace/consumer.hpp>

namespace {

// Fails on three of ten messages when it sees them first, or, where its configuration says so, rejects every one.
struct Flaky : millrace::InlineConsumer {
    struct Shared {
        explicit Shared(const millrace::Config& config) : rejects(config.flag("rejects", false)) {}

        bool rejects;
    };

    explicit Flaky(const Shared& shared) : shared_(shared) {}

    void on_message(const millrace::Message& event) override {
        if (shared_.rejects) return reject(0, "not this one");
        if (event.order() % 10 < 3 && event.attempt() == 1) return retry("not yet");
    }

  private:
    const Shared& shared_;
};

}  // namespace

MILLRACE_CONSUMER("flaky", "1.0.0", Flaky)
