#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "adapters/chat/common/capabilities.hpp"
#include "adapters/chat/common/id_map.hpp"
#include "millrace/v1/chat.pb.h"

// What becomes of a command on a network that cannot do all of it. Nothing is dropped in silence: either the network
// does it, or something else that says the same, or it is refused with a reason.
//
// | command | where the network cannot | becomes |
// |---|---|---|
// | edit | edit that message, but it was sent from here | a new message: `* ` and the new text |
// | edit | and it is not known | refused |
// | delete, react | that | refused |
// | topic | that | refused |
// | reply, thread | that | said without the relation |
// | file | upload, and the file has a URL for everybody | its name and URL on a line of their own |
// | file | and it has none | refused, the text too |
// | another's name | show it | `<NAME> ` before each line; of an action `NAME ` |
// | spans | format | the text alone |
// | a long text | take it whole | several messages (splitting.hpp) |
namespace millrace::chat {

struct Deed {
    enum class Kind { refuse, say, edit, erase, react, topic };

    Kind kind = Kind::refuse;
    std::string text;        // What is said, or set; of a refusal why, for people.
    std::string shown_name;  // As Send has it, where the network shows names.
    v1::Chat::Message::Kind said_as = v1::Chat::Message::TEXT;
    std::string reply_to;  // The network's ids; empty: none.
    std::string thread;
    std::vector<std::string> message_ids;  // Of edit, erase and react: what is meant, all parts of it.
    std::string emoji;
    bool is_removed = false;
    bool keeps_spans = false;  // The command's spans still fit the text.
    std::vector<v1::Chat::File> uploads;
};

// `text` is the command's payload. What a reference names is looked up in `ids`; a network's own id that is not in
// there is another's message.
Deed plan(const Capabilities& network, const IdMap& ids, std::string_view conversation, const v1::ChatCommand& command,
          std::string_view text);

}  // namespace millrace::chat
