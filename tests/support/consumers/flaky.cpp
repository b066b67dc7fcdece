#include <optional>

#include "tests/support/consumers/witness.hpp"

namespace {

// Fails on three of ten messages when it sees them first, or, where its configuration says so, rejects every one. What
// it has handled it writes down, where there is a `path`.
struct Flaky : millrace::InlineConsumer {
    struct Shared {
        explicit Shared(const millrace::Config& config) : rejects(config.flag("rejects", false)) {
            if (!config.text("path", "").empty()) testimony.emplace(config);
        }

        void start() {
            if (testimony) testimony->start();
        }

        const bool rejects;
        std::optional<millrace::test::Testimony> testimony;
    };

    explicit Flaky(const Shared& shared) : shared_(shared) {}

    void on_message(const millrace::Message& event) override {
        if (shared_.rejects) return reject(0, "not this one");
        if (event.order() % 10 < 3 && event.attempt() == 1) return retry("not yet");
        if (shared_.testimony) shared_.testimony->add(event);
    }

  private:
    const Shared& shared_;
};

}  // namespace

MILLRACE_CONSUMER("flaky", "1.0.0", Flaky)
