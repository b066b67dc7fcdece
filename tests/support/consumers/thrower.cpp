#include <millrace/consumer.hpp>
#include <stdexcept>
#include <string>

namespace {

// Throws in the one callback that its configuration names.
struct Thrower : millrace::Consumer {
    struct Shared {
        explicit Shared(const millrace::Config& config) : where(config.text("where")) { pass("create"); }

        void start() const { pass("start"); }
        void stop() const { pass("stop"); }

        void pass(const std::string& place) const {
            if (place == where) throw std::runtime_error("thrown in " + place);
        }

        std::string where;
    };

    explicit Thrower(const Shared& shared) : shared_(shared) { shared.pass("open"); }

    void on_connect(const millrace::Message&) override { shared_.pass("connect"); }
    void on_message(const millrace::Message& event) override {
        shared_.pass("message");
        reply(event);
    }
    void on_disconnect(const millrace::Message&) override { shared_.pass("disconnect"); }

  private:
    const Shared& shared_;
};

}  // namespace

MILLRACE_CONSUMER("thrower", "1.0.0", Thrower)
