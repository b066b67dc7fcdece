#include <unistd.h>

#include <optional>

#include "tests/support/consumers/witness.hpp"

namespace {

// Fails on three of ten messages when it sees them first, or on every one until a file is there, or, where its
// configuration says so, rejects every one. What it has handled it writes down, where there is a `path`.
struct Flaky : millrace::InlineConsumer {
    struct Shared {
        explicit Shared(const millrace::Config& config)
            : rejects(config.flag("rejects", false)), until(config.text("until", "")) {
            if (!config.text("path", "").empty()) testimony.emplace(config);
        }

        void start() {
            if (testimony) testimony->start();
        }

        const bool rejects;
        const std::string until;
        std::optional<millrace::test::Testimony> testimony;
    };

    explicit Flaky(const Shared& shared) : shared_(shared) {}

    void on_message(const millrace::Message& event) override {
        if (shared_.rejects) return reject(0, "not this one");
        if (!shared_.until.empty()) {
            if (::access(shared_.until.c_str(), F_OK) != 0) return retry("not yet");
        } else if (event.order() % 10 < 3 && event.attempt() == 1) {
            return retry("not yet");
        }
        if (shared_.testimony) shared_.testimony->add(event);
    }

  private:
    const Shared& shared_;
};

}  // namespace

MILLRACE_CONSUMER("flaky", "1.0.0", Flaky)
