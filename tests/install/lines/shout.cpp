#include <cctype>
#include <millrace/consumer.hpp>

// Answers louder, and counts: the count is in the state, so a retry does not count twice.
struct Shout : millrace::InlineConsumer {
    struct Shared {
        std::string mark;

        static constexpr auto kKeys = millrace::keys(
            millrace::key("mark", &Shared::mark, {.fallback = "!", .about = "what every answer ends with"}));
    };
    explicit Shout(const Shared& shared) : shared_(shared) {}

    void on_message(const millrace::Message& event) override {
        const int count = 1 + (state().empty() ? 0 : std::stoi(std::string(state())));
        set_state(std::to_string(count));
        std::string text(event.text());
        for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
        reply(text + shared_.mark + " (" + std::to_string(count) + ")");
    }

  private:
    const Shared& shared_;
};
MILLRACE_CONSUMER("shout", "1.0.0", Shout)
