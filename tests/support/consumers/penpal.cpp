#include <millrace/consumer.hpp>
#include <string>

namespace {

// Writes on to its pen pal whatever it gets.
struct Penpal : millrace::InlineConsumer {
    struct Shared {
        std::string to;

        static constexpr auto kKeys = millrace::keys(millrace::key("to", &Shared::to, {.about = "the pen pal"}));
    };

    explicit Penpal(const Shared& shared) : shared_(shared) {}

    void on_message(const millrace::Message& event) override { send(shared_.to, event); }

  private:
    const Shared& shared_;
};

}  // namespace

MILLRACE_CONSUMER("penpal", "1.0.0", Penpal)
