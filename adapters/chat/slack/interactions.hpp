#pragma once

#include "adapters/chat/slack/event.hpp"
#include "adapters/chat/slack/normalise.hpp"
#include "adapters/common/json.hpp"

// What people ask the app for, and what they do with the controls that it shows them.
namespace millrace::chat::slack {

Reading read_command(const JsonView& from, Event& event);
Reading read_interaction(const JsonView& from, Event& event);

// The details of an interaction above this are left out.
inline constexpr std::size_t kDetailsBytesMax = 64 * 1024;

}  // namespace millrace::chat::slack
