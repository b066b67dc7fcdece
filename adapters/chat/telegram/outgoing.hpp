#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "adapters/chat/telegram/codec.hpp"
#include "adapters/chat/telegram/place.hpp"
#include "adapters/common/fate.hpp"
#include "millrace/adapter_host.hpp"
#include "millrace/v1/chat.pb.h"

namespace millrace::chat::telegram {

// What the gateway is told of a command by.
struct Sent {
    millrace_id scope = 0;      // That it was sent to, or of the adapter's addresses.
    std::uint64_t size = 0;     // What it is counted with.
    std::uint64_t receipt = 0;  // See millrace::Outgoing.
};

struct Outcome {
    Fate fate = Fate::unknown;  // `retry`: nobody has it, and the gateway may bring it again.
    int code = 0;               // The server's.
    std::string text{};         // For people.
};

// A command on its way.
struct Command {
    Sent sent{};
    std::string name{};  // By which it is known when it comes again; empty: it does not.
    Place place{};
    std::string text{};  // Or bytes:
    bool is_data = false;
    std::string title{};
    v1::ChatCommand body{};
    std::uint32_t hops = 0;
    std::int64_t since_ms = 0;

    bool has_migrated = false;  // Its group has gone on as another since it was first sent.
    bool is_planned = false;
    std::vector<Call> calls{};   // What it is done with, once it is its turn,
    std::size_t done = 0;        // and how many of these have been answered.
    std::string conversation{};  // In which
    std::vector<std::string> message_ids{};
    unsigned tries = 0;        // Of the call that is under way,
    bool was_unknown = false;  // of which the server may have done one already.
};

// What is wrong with a command is a sentence without its end; empty: nothing is.
std::string read_command(const millrace::Outgoing& from, const Place& place, millrace_id scope, std::int64_t now_ms,
                         Command& command);

}  // namespace millrace::chat::telegram
