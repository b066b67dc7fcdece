#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/chat/common/degradation.hpp"
#include "adapters/chat/telegram/codec.hpp"
#include "adapters/chat/telegram/entities.hpp"
#include "adapters/chat/telegram/place.hpp"

// What a command is done with: calls of the Bot API, one after the other.
namespace millrace::chat::telegram {

inline constexpr std::size_t kTextUnitsMax = 4096;     // UTF-16 code units of a message,
inline constexpr std::size_t kCaptionUnitsMax = 1024;  // and of what stands below a file.

struct Calls {
    std::vector<Call> calls{};
    std::string refusal{};  // Not empty: there are none, and why.
};

// Of a deed that is no refusal. `spans` are those of its text, where it keeps them.
Calls calls_of(const Deed& deed, const Spans& spans, const Place& place);

// Of an edit of a text: the same of what stands below a file.
Call as_caption(const Call& edit);

// Bytes, which become a document.
Calls upload(std::string bytes, const std::string& name, const Place& place);

// That somebody waits for no longer, since he has pressed a button.
Call answer_to_callback(std::string_view id);

}  // namespace millrace::chat::telegram
