#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "adapters/sms/config.hpp"
#include "adapters/sms/outbound.hpp"
#include "millrace/adapter_host.hpp"
#include "millrace/v1/sms.pb.h"

namespace millrace::sms {

// A message that a consumer sends, on its way to the provider.
struct Sending {
    Outbound message;
    v1::SmsSend::Path path = v1::SmsSend::PATH_UNSPECIFIED;
    bool is_permitted = false;  // The one that may leave after a STOP: OptOuts are not asked again.

    // What the gateway is told of it by.
    std::string scope_key;  // Of the conversation that it is counted against; empty: of the adapter's addresses.
    millrace_id scope = 0;
    std::uint64_t size = 0;     // What it is counted with.
    std::uint64_t receipt = 0;  // See Outgoing.
    std::uint64_t id = 0;
    std::string asker{};
    std::string asked_in{};
};

// Fills it. What is wrong with the command is a sentence without its end; empty: nothing is.
//
// An address is whom to send to, `+15550123`, or a scope's key, `+15550100/+15550123`, which says who sends too.
std::string_view to_sending(const Outgoing& command, const SendSettings& settings, Sending& sending);

}  // namespace millrace::sms
