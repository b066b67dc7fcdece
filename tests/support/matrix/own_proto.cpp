#include <millrace/consumer.hpp>
#include <string>

#include "note.pb.h"

// Uses the full libprotobuf for a message of its own, by reflection.
struct OwnProto : millrace::InlineConsumer {
    void on_message(const millrace::Message& event) override {
        matrix::note::Note note;
        const auto* field = note.GetDescriptor()->FindFieldByName("text");
        note.GetReflection()->SetString(&note, field, event.message().text());
        reply(note.GetDescriptor()->full_name() + " " + note.text());
    }
};

MILLRACE_CONSUMER("own_proto", "1.0.0", OwnProto)
