#include <millrace/consumer.hpp>
#include <string>

// Built with a schema that is ahead of the gateway's: parses what the gateway has made, and fills the field that only
// this copy has.
struct Newer : millrace::InlineConsumer {
    void on_message(const millrace::Message& event) override {
        millrace::v1::ChannelMessage message = event.message();
        if (message.has_weather()) return reject(0, "the gateway has no such field");
        message.mutable_weather()->set_sky("clear");
        millrace::v1::ChannelMessage copy;
        if (!copy.ParseFromString(message.SerializeAsString())) return reject(0, "cannot parse what it has made");
        reply("newer " + copy.weather().sky() + " " + copy.text());
    }
};

MILLRACE_CONSUMER("newer", "1.0.0", Newer)
