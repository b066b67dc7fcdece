#pragma once

#include "adapters/common/json.hpp"
#include "millrace/v1/chat.pb.h"

namespace millrace::chat::telegram {

// The files of a Message: of a photo its largest size; of an animation, which comes as a document too, one. They are
// had through the Bot API alone, whose URLs hold the token and so are told to nobody.
void read_files(JsonView message, v1::Chat::Message& into);

}  // namespace millrace::chat::telegram
