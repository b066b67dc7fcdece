#include <charconv>
#include <cstdint>
#include <millrace/consumer.hpp>
#include <string>
#include <string_view>

namespace {

// Counts its messages in its state, and sends each to `to`, behind its number. To `?` it replies how many there were.
struct Counter : millrace::Consumer {
    struct Shared {
        std::string to;

        static constexpr auto kKeys = millrace::keys(millrace::key("to", &Shared::to, {.about = "an address"}));
    };

    explicit Counter(const Shared& shared) : shared_(shared) {}

    void on_message(const millrace::Message& event) override {
        std::uint64_t count = 0;
        const std::string_view kept = state();
        std::from_chars(kept.data(), kept.data() + kept.size(), count);
        if (event.text() == "?") return void(reply(std::to_string(count)));
        const std::string number = std::to_string(count + 1);
        set_state(number);
        send(shared_.to, number + " " + std::string(event.text()));
    }

  private:
    const Shared& shared_;
};

}  // namespace

MILLRACE_CONSUMER("counter", "1.0.0", Counter)
