#include <charconv>
#include <chrono>
#include <millrace/consumer.hpp>
#include <string>
#include <string_view>

namespace {

using std::chrono::microseconds;

// Tells whoever writes a mail that it has come, or that nobody is here: as RFC 3834 has it, never programs and lists,
// nor who did not name the recipient in To or Cc, and each sender once in a while. That is why it needs a route to a
// channel for each of them: its state is when it last answered.
//
//     - { name: away, match: { adapter: inbox, from: "{sender}" }, to: "autoreply:{sender}" }
struct Autoreply : millrace::InlineConsumer {
    struct Shared {
        std::string text;
        std::string subject;
        millrace::Duration period{};

        static constexpr auto kKeys = millrace::keys(
            millrace::key("text", &Shared::text, {.about = "what the sender is told"}),
            millrace::key("subject", &Shared::subject,
                          {.fallback = "Auto: ", .about = "ends in the mail's own where it ends in a blank"}),
            millrace::key("period", &Shared::period,
                          {.fallback = std::chrono::hours(24 * 7),
                           .min = std::chrono::minutes(1),
                           .max = std::chrono::hours(24 * 365),
                           .about = "a sender is told at most once in it; state_ttl is to be as long"}));
    };

    explicit Autoreply(const Shared& shared) : shared_(shared) {}

    void on_message(const millrace::Message& event) override {
        if (event.sender().empty())
            return log(millrace::Level::error,
                       "it answers nobody: its route needs a channel for each sender, `to: \"autoreply:{sender}\"`");
        const auto& email = event.message().email();
        if (!email.marks().may_auto_reply() || is_too_soon()) return;
        const std::string subject =
            shared_.subject.ends_with(' ') ? shared_.subject + email.subject() : shared_.subject;
        const millrace::Sent sent = reply(shared_.text, {.title = subject});
        if (sent == millrace::Sent::taken) set_state(std::to_string(now_us()));
        if (sent != millrace::Sent::taken && sent != millrace::Sent::full)
            log(millrace::Level::warn, "a mail is not answered: does its adapter have a `smarthost`?");
    }

  private:
    std::int64_t now_us() const { return std::chrono::duration_cast<microseconds>(now().time_since_epoch()).count(); }

    bool is_too_soon() const {
        std::int64_t last_us = 0;
        const std::string_view kept = state();
        const bool has_answered = std::from_chars(kept.data(), kept.data() + kept.size(), last_us).ec == std::errc();
        return has_answered && now_us() - last_us < microseconds(shared_.period).count();
    }

    const Shared& shared_;
};

}  // namespace

MILLRACE_CONSUMER("autoreply", "1.0.0", Autoreply)
