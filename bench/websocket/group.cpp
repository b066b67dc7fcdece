#include <millrace/consumer.hpp>
#include <string>

namespace {

// What one says comes to all: `by: reply`, the gateway gives it to their peers; `by: send`, each handler does.
struct Group : millrace::InlineConsumer {
    struct Shared {
        std::string by;

        static constexpr auto kKeys = millrace::keys(millrace::key("by", &Shared::by, {.choices = {"reply", "send"}}));
    };

    explicit Group(const Shared& shared) : name_("bench/" + shared.by), sends_(shared.by == "send") {}

    void on_connect(const millrace::Message&) override { join(name_); }

    void on_message(const millrace::Message& event) override {
        if (!event.group().empty()) {
            reply(event);
        } else if (sends_) {
            group_send(name_, event);
        } else {
            group_reply(name_, event);
        }
    }

  private:
    const std::string name_;
    const bool sends_;
};

}  // namespace

MILLRACE_CONSUMER("group", "1.0.0", Group)
