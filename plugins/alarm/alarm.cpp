#include <boost/json.hpp>
#include <charconv>
#include <cmath>
#include <millrace/consumer.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace {

// The number as people write it: 80, 81.5.
std::string to_text(double number) {
    char text[32];
    return {text, std::to_chars(text, text + sizeof text, number).ptr};
}

std::optional<double> read_number(std::string_view text) {
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool is_all = error == std::errc() && end == text.data() + text.size() && std::isfinite(number);
    return is_all ? std::optional(number) : std::nullopt;
}

std::optional<double> read_member(std::string_view text, std::string_view name) {
    boost::system::error_code error;
    const boost::json::value value = boost::json::parse(text, error);
    const boost::json::value* member = !error && value.is_object() ? value.as_object().if_contains(name) : nullptr;
    return member && member->is_number() ? std::optional(member->to_number<double>()) : std::nullopt;
}

// Tells people when a value has passed a limit, and when it has come back by more than the hysteresis. Which of the two
// was told last is the scope's state, so nobody hears it twice.
struct Alarm : millrace::InlineConsumer {
    struct Shared {
        explicit Shared(const millrace::Config& config) {
            millrace::read(config, *this);
            if (hysteresis < 0) config.error("hysteresis", "it is the width of a band, and at least 0");
            if (config.has("notify") && notify.empty()) config.error("notify", "name an address at least");
        }

        double limit = 0;
        double hysteresis = 0;
        bool below = false;
        std::string field;
        std::vector<std::string> notify;

        // Whether a value is beyond what is normal, given what it was before.
        bool is_raised(double value, bool was_raised) const {
            const double band = was_raised ? hysteresis : 0;
            return below ? value < limit + band : value > limit - band;
        }

        static constexpr auto kKeys = millrace::keys(
            millrace::key("limit", &Shared::limit, {.about = "the largest value that is normal"}),
            millrace::key("hysteresis", &Shared::hysteresis,
                          {.fallback = 0, .about = "how far it has to come back before it is normal again"}),
            millrace::key("below", &Shared::below, {.fallback = false, .about = "`limit` is the smallest instead"}),
            millrace::key("field", &Shared::field, {.fallback = "value", .about = "where the message is JSON"}),
            millrace::key("notify", &Shared::notify, {.required = true, .about = "the addresses that are told"}));
    };

    explicit Alarm(const Shared& shared) : shared_(shared) {}

    void on_message(const millrace::Message& event) override {
        std::optional<double> value = read_number(event.text());
        if (!value) value = read_member(event.text(), shared_.field);
        if (!value) return reject(0, "it is no number, nor JSON with a number under `" + shared_.field + "`");
        const bool was_raised = state() == kRaised;
        const bool is_raised = shared_.is_raised(*value, was_raised);
        if (is_raised == was_raised) return;
        set_state(is_raised ? kRaised : std::string_view());
        tell(event, *value, is_raised);
    }

  private:
    static constexpr std::string_view kRaised = "raised";

    void tell(const millrace::Message& event, double value, bool is_raised) {
        const std::string_view topic = event.attribute("topic");
        const std::string what(topic.empty() ? event.scope() : topic);
        const std::string side = shared_.below == is_raised ? "below " : "above ";
        const std::string text =
            what + " is " + to_text(value) + (is_raised ? ", " + side + to_text(shared_.limit) : ", and normal again");
        for (const std::string& address : shared_.notify) {
            const millrace::Sent sent = send(address, text, {.title = what});
            if (sent != millrace::Sent::taken && sent != millrace::Sent::full)
                return reject(0, "`" + address + "` is unknown, not in may_send, or has no room for so much");
        }
    }

    const Shared& shared_;
};

}  // namespace

MILLRACE_CONSUMER("alarm", "1.0.0", Alarm)
