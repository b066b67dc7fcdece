#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gateway/core/port.hpp"
#include "gateway/core/router.hpp"
#include "gateway/core/snapshot.hpp"

// Where the messages of a scope go, and by which route: to an instance of the scope, or to a channel.
// Thread: the scope's loop.
namespace millrace {

struct Instance;

struct Way {
    // A message may be routed where there is no room for an instance, or to a channel that can have no such name.
    bool leads_somewhere() const { return instance || channel; }

    bool is_durable() const { return route->delivery == DeliveryClass::durable; }

    const RouteConfig* route = nullptr;
    Instance* instance = nullptr;
    PortPtr channel;     // Where there is no instance.
    std::string fields;  // What the event's own fields are to say of scope and route, beside the instance's prefix.
    Hold hold;           // Room at the channel, for the message that is being taken.
};

using Ways = std::vector<Way>;

// What a scope is known by, where its messages are routed one by one (contract A3).
struct Particulars {
    using Pairs = std::vector<std::pair<std::string, std::string>>;

    Pairs attributes;
    Pairs headers;
    std::string prefix;   // Of instances.
    std::string account;  // What channels are told of the source.
    MessageView view;     // Its memory is used again.
    SnapshotPtr rules;    // Of the probe that it was opened for; null: those that the loop goes by.
};

}  // namespace millrace
