#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/chat/common/capabilities.hpp"
#include "adapters/chat/common/id_map.hpp"
#include "adapters/chat/slack/response_urls.hpp"
#include "adapters/chat/slack/web_api.hpp"
#include "millrace/adapter_host.hpp"
#include "millrace/v1/command.pb.h"

// What consumers send, as calls of the Web API. No I/O.
namespace millrace::chat::slack {

// Where something goes: `C0123`, a room; `C0123/1355517523.000005`, a thread in it; `U0123`, a person. Behind a `?`
// which of the response URLs it may leave by.
struct Address {
    std::string channel;
    std::string thread;
    std::string response;

    static Address parse(std::string_view text);
    std::string text() const;
};

// A command on its way to Slack: first what the consumer has said, then the calls that it takes, one after the other.
// What it becomes is decided when its turn comes, as by then it is known which ids those before it have been given.
struct Sending {
    Address to;
    v1::Command command;  // Without its payload.
    std::string payload;
    bool is_data = false;
    std::uint32_t hops = 0;

    bool is_planned = false;
    std::vector<Call> calls;
    std::size_t next = 0;            // Of the calls.
    bool may_have_left = false;      // Some of what must not be said twice.
    std::vector<std::string> ids;    // That its messages have.
    std::vector<std::string> texts;  // That are said, as others will read them.

    // What the gateway is told of it by.
    std::string scope_key;  // Empty: of the adapter's addresses.
    millrace_id scope = 0;
    std::uint64_t size = 0;     // What it is counted with.
    std::uint64_t receipt = 0;  // See millrace::Outgoing.
    std::string name;           // As Tried knows it. Empty: it does not come again.

    std::int64_t since_ms = 0;
    unsigned tries = 0;

    // The next call has been answered with `sent`: what it has given goes into those behind it.
    void take(const ApiAnswer& answer);
};

struct SendingContext {
    const Capabilities& capabilities;
    const IdMap& ids;
    ResponseUrls& response_urls;
    std::int64_t now_ms;
};

// Fills it, but for its calls. What is wrong with the command is a sentence without its end; empty: nothing is.
std::string to_sending(const millrace::Outgoing& command, std::string_view address, Sending& sending);

// Fills the calls, likewise.
std::string plan_calls(const SendingContext& context, Sending& sending);

// What Slack can do; `shows_names`: where the app has the scope chat:write.customize. Whose message an edit or a
// deletion is about, Slack knows best.
Capabilities capabilities(bool shows_names);
// As people are told.
Capabilities published(Capabilities capabilities);

}  // namespace millrace::chat::slack
