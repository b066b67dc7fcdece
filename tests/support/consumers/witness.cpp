#include "tests/support/consumers/witness.hpp"

namespace {

// Writes down what it is handed.
struct Witness : millrace::Consumer {
    using Shared = millrace::test::Testimony;

    explicit Witness(const Shared& shared) : shared_(shared) {}

    void on_message(const millrace::Message& event) override { shared_.add(event); }

  private:
    const Shared& shared_;
};

}  // namespace

MILLRACE_CONSUMER("witness", "1.0.0", Witness)
