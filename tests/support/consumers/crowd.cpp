#include <millrace/consumer.hpp>
#include <string>

namespace {

// All are members of one group, and what one of them says goes to all. Who has lost something is told how much.
struct Crowd : millrace::InlineConsumer {
    void on_connect(const millrace::Message&) override { join("crowd"); }
    void on_message(const millrace::Message& event) override { group_reply("crowd", event.text()); }
    void on_gap(const millrace::Message& event) override { reply("lost " + std::to_string(event.lost())); }
};

}  // namespace

MILLRACE_CONSUMER("crowd", "1.0.0", Crowd)
