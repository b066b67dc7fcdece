#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adapters/chat/common/capabilities.hpp"
#include "adapters/chat/common/id_map.hpp"
#include "adapters/chat/irc/encoding.hpp"
#include "adapters/chat/irc/event.hpp"
#include "adapters/chat/irc/formatting.hpp"
#include "millrace/v1/chat.pb.h"

// Between IRC and the normal form: README.md has the mapping.
namespace millrace::chat::irc {

// What a MESSAGE of a room's or a person's scope is made of. Views are of the event and of the normaliser, until its
// next call.
struct Normalised {
    std::string_view payload;  // UTF-8, without formatting.
    std::string_view fields;   // Serialised ChannelMessage fields, to follow those of its scope.
    std::string_view event;    // The attributes that vary within the scope.
    std::string_view author;
    std::uint32_t hops;
    std::string_view external_id{};  // By which history is known to be of what was told already. Empty: it has no id.
    std::int64_t sent_at_us = 0;     // Of what is said; 0: the server does not tell.
};

// Not thread-safe: one for each thread. Keeps its memory, so that messages of a kind need none.
class Normaliser {
  public:
    // `sent`: what was said from here; it outlives this.
    Normaliser(Fallback fallback, const IdMap& sent) : fallback_(fallback), sent_(sent) {}

    // The fields of all events of a room or a person: their conversation, and what the network can do; null: that is
    // not known. `network` and `account` as the configuration calls them; the rest as Event has it.
    std::string scope_fields(std::string_view network, std::string_view account, std::string_view room,
                             std::string_view room_name, bool is_direct, const Capabilities* can);

    // `me`: the gateway, of which the nick and its id count.
    Normalised take(const Event& event, const Person& me);

    // The network can do something else from now on; it says so itself.
    Normalised changed(std::string_view network, const Capabilities& can);

  private:
    void set(std::string& field, std::string_view bytes);
    void reset();
    void set_person(v1::Chat::Person& person, const Person& from, bool is_bot);
    void set_event(const Event& event, std::string_view native, std::string_view text, const Person& me);

    Fallback fallback_;
    const IdMap& sent_;
    v1::Chat chat_;
    std::string fields_;
    std::string text_, plain_, converted_, external_id_;
    std::vector<Span> spans_;
};

}  // namespace millrace::chat::irc
