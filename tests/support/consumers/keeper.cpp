#include <millrace/consumer.hpp>
#include <string>

namespace {

// Knows a secret, and says whether it is what it hears. With `tell` it refuses its settings by saying the secret.
struct Keeper : millrace::InlineConsumer {
    struct Shared {
        explicit Shared(const millrace::Config& config) {
            read(config, *this);
            if (tell) config.error("password", "`" + password + "` is too short");
        }

        std::string password;
        bool tell;

        static constexpr auto kKeys = millrace::keys(
            millrace::key("password", &Shared::password, {.form = millrace::Form::secret, .about = "the secret"}),
            millrace::key("tell", &Shared::tell, {.fallback = false}));
    };

    explicit Keeper(const Shared& shared) : shared_(shared) {}

    void on_message(const millrace::Message& event) override {
        reply(event.text() == shared_.password ? "right" : "wrong");
    }

  private:
    const Shared& shared_;
};

}  // namespace

MILLRACE_CONSUMER("keeper", "1.0.0", Keeper)
