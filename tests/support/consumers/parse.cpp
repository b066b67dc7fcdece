#include <millrace/consumer.hpp>
#include <string>

namespace {

// Parses each whole message and answers from what it has found.
struct Parse : millrace::InlineConsumer {
    void on_message(const millrace::Message& event) override {
        const millrace::v1::ChannelMessage& message = event.message();
        reply(message.adapter() + " " + message.protocol() + " " + message.websocket().path() + " " +
              std::to_string(message.order()) + " " + message.text());
    }
};

}  // namespace

MILLRACE_CONSUMER("parse", "1.0.0", Parse)
