#include <millrace/consumer.hpp>
#include <string>

// Answers with its id and the text that it has parsed out of the whole message.
struct Echo : millrace::InlineConsumer {
    void on_message(const millrace::Message& event) override { reply(MATRIX_ID " " + event.message().text()); }
};

MILLRACE_CONSUMER(MATRIX_ID, "1.0.0", Echo)
