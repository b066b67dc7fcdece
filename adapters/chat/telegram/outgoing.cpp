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
    if (from.payload_kind == MILLRACE_DATA) return "it is binary, which is not said";
    if (!is_utf8(from.payload)) return "it is not UTF-8";
    command.text = from.payload;
    command.body = std::move(*body.mutable_chat());
    return {};
}

}  // namespace millrace::chat::telegram
