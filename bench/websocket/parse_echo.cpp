#include <millrace/consumer.hpp>

namespace {

// An echo for those who want the whole message: it parses each one before it answers.
struct ParseEcho : millrace::InlineConsumer {
    void on_message(const millrace::Message& event) override {
        const millrace::v1::ChannelMessage& message = event.message();
        if (message.has_text()) {
            reply(message.text());
        } else {
            reply_data(message.data());
        }
    }
};

}  // namespace

MILLRACE_CONSUMER("parse_echo", "1.0.0", ParseEcho)
