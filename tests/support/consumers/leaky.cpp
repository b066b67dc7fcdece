#include <millrace/consumer.hpp>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

// Has secrets, and says them wherever it can: `at` is where it does so on its own, a message says where to.
struct Leaky : millrace::Consumer {
    struct Shared {
        explicit Shared(const millrace::Config& config) {
            read(config, *this);
            for (const std::string& secret : secrets) said += " <" + secret + ">";
            if (at == "settings") config.error("secrets", "these are none:" + said);
        }

        void start() const {
            if (at == "start") throw std::runtime_error("cannot log in with" + said);
        }

        std::vector<std::string> secrets;
        std::string at;
        std::string said;

        static constexpr auto kKeys = millrace::keys(
            millrace::key("secrets", &Shared::secrets, {.required = true, .form = millrace::Form::secret}),
            millrace::key("at", &Shared::at, {.fallback = "nothing"}));
    };

    explicit Leaky(const Shared& shared) : shared_(shared) {}

    void on_connect(const millrace::Message& event) override {
        log(millrace::Level::info, "has" + shared_.said);
        if (event.attribute("query") == "refuse") refuse(403, "not with" + shared_.said);
    }

    void on_message(const millrace::Message& event) override {
        if (event.text() == "reject") return reject(0, "rejected with" + shared_.said);
        if (event.text() == "retry") return retry("again with" + shared_.said);
        if (event.text() == "throw") throw std::runtime_error("thrown with" + shared_.said);
        reply(std::to_string(shared_.secrets.size()));
    }

  private:
    const Shared& shared_;
};

}  // namespace

MILLRACE_CONSUMER("leaky", "1.0.0", Leaky)
