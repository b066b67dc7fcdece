#pragma once

#include <string>
#include <string_view>

#include "adapters/chat/common/capabilities.hpp"
#include "adapters/chat/slack/codec.hpp"
#include "adapters/chat/slack/event.hpp"
#include "adapters/chat/slack/names.hpp"

// Between Slack and the normal form: README.md has the mapping.
namespace millrace::chat::slack {

enum class Reading {
    taken,
    ignored,     // Of a kind that is not spoken of here, or a change that nobody has made: an unfurled link.
    unreadable,  // It has not what things of its kind have.
};

// Fills `event`. `fallback_key`: by which it is known when it comes again, where it has nothing of its own for that.
Reading normalise(const Delivery& delivery, const Self& self, std::string_view fallback_key, Event& event);

// Its text becomes plain, and its author has a name, by what is known now.
void render(Event& event, const Names& names);

// Appends the serialised ChannelMessage fields of an event, but for its payload: the body, and where a bare reply goes.
void append_fields(std::string& out, const Event& event, std::string_view reply_to);

// The fields of all events of a conversation.
std::string scope_fields(std::string_view network, std::string_view account, const Self& self, const Event& first,
                         std::string_view name, const Capabilities& can);

}  // namespace millrace::chat::slack
