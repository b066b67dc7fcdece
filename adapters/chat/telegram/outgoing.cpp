#include "adapters/chat/telegram/outgoing.hpp"

#include <utility>

#include "adapters/chat/common/tried.hpp"
#include "adapters/common/utf8.hpp"
#include "millrace/v1/command.pb.h"

namespace millrace::chat::telegram {

std::string read_command(const millrace::Outgoing& from, const Place& place, millrace_id scope, std::int64_t now_ms,
                         Command& command) {
    command.sent = {scope, from.payload.size() + from.body.size(), from.receipt};
    command.place = place;
    command.name = Tried::name_of(from.id, {from.address, "\n", place.id(), "\n", from.payload, from.body});
    command.hops = from.hops;
    command.since_ms = now_ms;
    v1::Command body;
    if (!body.ParseFromArray(from.body.data(), static_cast<int>(from.body.size()))) return "its body is no Command";
    command.is_data = from.payload_kind == MILLRACE_DATA;
    if (!command.is_data && !is_utf8(from.payload)) return "it is not UTF-8";
    if (command.is_data && body.chat().action_case() > v1::ChatCommand::kSend)
        return "bytes are a file, and change nothing";
    command.text = from.payload;
    command.title = std::move(*body.mutable_title());
    command.body = std::move(*body.mutable_chat());
    return {};
}

}  // namespace millrace::chat::telegram
