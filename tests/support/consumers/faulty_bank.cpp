#include <atomic>
#include <millrace/consumer.hpp>
#include <random>
#include <stdexcept>

#pragma push_macro("MILLRACE_CONSUMER")
#undef MILLRACE_CONSUMER
#define MILLRACE_CONSUMER(id, version, Type)
#include "plugins/bank/bank.cpp"  // NOLINT(bugprone-suspicious-include)
#pragma pop_macro("MILLRACE_CONSUMER")

namespace {

// The bank itself, but some of its handlers throw when they have done everything.
class FaultyBank : public Bank {
  public:
    struct Shared {
        explicit Shared(const millrace::Config& config)
            : bank{config.text("accounts", "bank")}, percent(static_cast<std::uint64_t>(config.integer("percent", 5))),
              seed(static_cast<std::uint64_t>(config.integer("seed", 0))) {}

        // One of a series, in which every thread has its own numbers as they come.
        bool throws() { return std::mt19937_64(seed + handlers.fetch_add(1))() % 100 < percent; }

        Bank::Shared bank;
        std::uint64_t percent;
        std::uint64_t seed;
        std::atomic<std::uint64_t> handlers{0};
    };

    explicit FaultyBank(Shared& shared) : Bank(shared.bank), shared_(shared) {}

    void on_message(const millrace::Message& event) override {
        Bank::on_message(event);
        if (shared_.throws()) throw std::runtime_error("this one fails");
    }

  private:
    Shared& shared_;
};

}  // namespace

MILLRACE_CONSUMER("faulty_bank", "1.0.0", FaultyBank)
