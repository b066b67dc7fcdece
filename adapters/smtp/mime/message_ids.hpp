#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::smtp::mime {

struct MessageIds {
    std::vector<std::string> ids;  // Without angle brackets and blanks, valid UTF-8.
    bool is_sound = true;          // Each was in angle brackets, and nothing else was there.
    bool is_cut = false;           // There were more than may be.
};

// The value of Message-ID, In-Reply-To, References or Content-ID (RFC 5322 §3.6.4). Words outside of angle brackets are
// ids only where none is in them.
MessageIds parse_message_ids(std::string_view raw, std::size_t entries_max);

}  // namespace millrace::smtp::mime
