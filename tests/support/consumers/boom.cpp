#include "tests/support/consumers/witness.hpp"

namespace {

// Writes down what it is handed, but for the message `boom`, which ends the process.
struct Boom : millrace::Consumer {
    using Shared = millrace::test::Testimony;

    explicit Boom(const Shared& shared) : shared_(shared) {}

    void on_message(const millrace::Message& event) override {
        if (event.text() == "boom") *nowhere_ = 1;
        shared_.add(event);
    }

  private:
    const Shared& shared_;
    volatile int* volatile nowhere_ = nullptr;
};

}  // namespace

MILLRACE_CONSUMER("boom", "1.0.0", Boom)
